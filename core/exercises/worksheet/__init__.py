"""A run as an exercise on paper: its nodes, rows and sums with numbers left out."""
