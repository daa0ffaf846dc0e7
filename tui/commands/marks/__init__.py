"""Commands about marks: running rules, taking hits of other tools over, listing and forgetting."""
