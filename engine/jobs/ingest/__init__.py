"""The ingest job: files and archives in, linked processes and chains out."""
