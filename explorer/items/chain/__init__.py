"""The unrolled network, painted."""
