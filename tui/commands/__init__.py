"""A module for each command, or for a group of them. What is heavy is imported inside the functions."""
