"""Alembic's environment and the version files."""
