"""A worksheet on paper: its blocks, the picture of the chain, and the pages on which they stand."""
