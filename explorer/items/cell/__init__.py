"""The diagram of a cell, painted."""
