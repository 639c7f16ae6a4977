"""The search for a hidden error."""
