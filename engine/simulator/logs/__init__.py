"""The simulated records as the log files that a responder is handed."""
