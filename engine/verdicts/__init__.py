"""What verdicts teach: shapes, the instant learner, the order they make."""
