"""Verdicts on processes and variants, resolved to the processes that they are on; what a record is called everywhere."""
