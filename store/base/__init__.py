"""What every topic of the store stands on: the database, text, packed numbers, ids."""
