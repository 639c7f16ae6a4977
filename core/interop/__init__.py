"""Weights from elsewhere and to elsewhere: PyTorch, Keras, and a run as a script that stands alone."""
