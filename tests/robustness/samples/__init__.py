"""A sound sample of every format that is read, by the slug of its declaration: `all_samples`."""
