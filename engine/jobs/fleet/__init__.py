"""The fleet job: what ingest and score do on one machine, for an estate on several."""
