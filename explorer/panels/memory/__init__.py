"""Where the gradient on the memory comes from."""
