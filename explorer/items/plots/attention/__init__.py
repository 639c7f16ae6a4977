"""The weights of attention, as arcs and as a matrix."""
