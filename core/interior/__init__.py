"""Depth 2: the inside of one step as a diagram, with its numbers and its sentences."""
