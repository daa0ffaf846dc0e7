"""SQLite behind a door: schema, migrations, queries by topic, the model vault, exports."""
