"""What all screens stand on: services, settings, jobs, keys, messages."""
