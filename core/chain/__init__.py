"""Depth 1: the rows and edges of the unrolled network, what each is called and which nodes it came from."""
