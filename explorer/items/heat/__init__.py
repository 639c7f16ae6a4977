"""Maps of states and gradients over time, painted."""
