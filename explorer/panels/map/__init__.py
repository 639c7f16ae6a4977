"""The phase diagram: two options on a grid, and what becomes of the gradient in every cell of it."""
