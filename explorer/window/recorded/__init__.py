"""The page of a recorded run without its weights."""
