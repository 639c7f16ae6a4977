"""Painted items: arrays in, pixels out. They know no session."""
