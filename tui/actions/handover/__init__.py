"""What is handed over, from both front ends: exports of processes and incidents, and the report."""
