"""Signals beside the autoencoder: what plain counting says about a chain. Numpy only.

Each signal is a raw value per chain (higher is more anomalous, unit in its function's docstring) and, through
`engine.signals.tails`, its tail probability among the training chains.
"""
