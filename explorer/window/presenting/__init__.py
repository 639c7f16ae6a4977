"""Presenting: one picture with its claim and its caption, and what a lecturer needs in front of a class."""
