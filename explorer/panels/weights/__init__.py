"""W and dW."""
