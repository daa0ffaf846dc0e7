"""What both papers say, each sentence beside the command that checks it here: docs/papers.md is made from this folder.

`python -m tests.papers` runs the commands; `--write docs/papers.md` makes the page.
"""
