"""What helps a person at first: the notes of the first start, the strip of later ones, and the tour."""
