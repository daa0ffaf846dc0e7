"""Words about evidence that is hashed again, the audit, and what colleagues said."""
