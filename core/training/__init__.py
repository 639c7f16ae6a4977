"""Training and what a trained network does: optimizers, sampling, roll-outs."""
