"""What happens when: the forward pass, the loss, the backward pass and the sums as one line of moments."""
