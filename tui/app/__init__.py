"""The application: modes, palette, what runs in the background."""
