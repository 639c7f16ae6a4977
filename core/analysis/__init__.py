"""What is computed from a recorded run: contributions over time, the memory's split, the check of every gradient."""
