"""The plane of a state with two units: its path, the gradient at each step, and what one step does to every point."""
