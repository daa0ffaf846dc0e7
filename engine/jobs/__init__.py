"""The use-cases: ingest, train, score, evaluate, demo. Each takes ports and a Run.

Command line and TUI call the same functions; nothing here knows SQL or a screen.
"""
