"""A run as a script that computes it again, in NumPy or PyTorch."""
