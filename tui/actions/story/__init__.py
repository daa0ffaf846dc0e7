"""What is told of findings, incidents, chains and processes, for both front ends: read from the store, drawn elsewhere."""
