"""What a second examiner asks for: evidence hashed again, the audit, verdicts of a colleague."""
