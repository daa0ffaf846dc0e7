"""Attacks on oddkin that stay: one module a kind, short in the suite, long behind a marker, a page made from them.

`python -m tests.robustness` runs them; `--write docs/robustness.md` makes the page.
"""
