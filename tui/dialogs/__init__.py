"""Modal questions, each with a typed answer; None is always "never mind"."""
