"""A person's own gradients beside the run's: what was found."""
