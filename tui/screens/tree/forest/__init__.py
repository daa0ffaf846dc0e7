"""The tree's state, without a screen."""
