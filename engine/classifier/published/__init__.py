"""The second paper: its recipe, its network, the model that ships, its ten test sequences."""
