"""The plane of a state with two units: a page on the right, and a picture of its own while presenting."""
