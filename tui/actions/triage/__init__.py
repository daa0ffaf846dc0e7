"""What is said of findings in Triage and by `rank` and `show`: lines of the list, and why."""
