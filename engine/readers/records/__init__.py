"""Records with named fields, from JSON text or from tables: envelopes, kinds of records, and the readers of both."""
