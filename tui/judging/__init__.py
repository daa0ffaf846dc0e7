"""What the screens that take verdicts share: their keys, notes, tags, undo. How a verdict is given is each screen's own."""
