"""The only mutable state of a window, and its only clock."""
