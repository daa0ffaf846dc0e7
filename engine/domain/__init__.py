"""The common tongue: what readers yield and what crosses the ports, as columns."""
