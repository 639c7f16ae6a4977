"""The mathematics of backpropagation through time: no widget, no global state, no global random generator."""
