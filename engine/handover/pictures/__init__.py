"""Process trees as text that other programs draw: Graphviz, mermaid, SVG."""
