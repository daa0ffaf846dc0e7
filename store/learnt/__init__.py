"""The order that verdicts make."""
