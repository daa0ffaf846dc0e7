"""A workspace in PostgreSQL: the same statements, translated where they are handed to the driver."""
