"""The axes of the plots: their ranges, ticks and numbers."""
