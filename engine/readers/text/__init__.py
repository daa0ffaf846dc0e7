"""What readers of text share: encodings, lines, quotes, times."""
