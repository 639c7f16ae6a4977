"""What one step back passes on: how much of the gradient, and what takes the rest."""
