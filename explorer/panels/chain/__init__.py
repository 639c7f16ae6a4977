"""The unrolled network over time."""
