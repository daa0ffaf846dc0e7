"""Pure computation of oddkin: readers, lineage, embedding, detector, signals. Knows no SQL and no screen, never prints."""
