"""Values of Windows events that lost their names: by their places, in lists that were printed, in messages of any language."""
