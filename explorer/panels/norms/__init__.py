"""The norm of the gradient at every step."""
