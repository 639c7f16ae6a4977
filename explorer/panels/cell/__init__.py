"""The inside of one step."""
