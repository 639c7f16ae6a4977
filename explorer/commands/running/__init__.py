"""How a command runs: over several workers, ended by Ctrl-C, with standard output or without."""
