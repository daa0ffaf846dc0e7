"""What the simulated hosts do, from data files."""
