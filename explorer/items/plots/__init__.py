"""Curves and bars with their axes."""
