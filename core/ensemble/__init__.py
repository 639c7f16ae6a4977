"""Many experiments that are alike, run together: over seeds, or over a grid of two options."""
