"""What a verdict covers, and which one counts."""
