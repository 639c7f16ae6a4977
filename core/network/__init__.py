"""The parts a network is made of, the structures that put them together, and the order in which they run."""
