"""What files come out of: folders, archives, compressed streams."""
