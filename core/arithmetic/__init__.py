"""Depth 3: one node's equation with its numbers, the senders of its gradient, a parameter's sum over time."""
