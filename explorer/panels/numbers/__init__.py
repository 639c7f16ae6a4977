"""All numbers that a run begins with, to be typed over."""
