"""A learner's own gradients, compared with the right ones: which are wrong, and what mistake makes those numbers."""
