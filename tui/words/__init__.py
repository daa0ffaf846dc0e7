"""Every sentence shown; no widget, no command."""
