"""One number of every run over many seeds."""
