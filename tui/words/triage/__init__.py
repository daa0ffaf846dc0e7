"""What Triage says: lines of the list, sentences, shares, terms."""
