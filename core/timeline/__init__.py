"""What happens when: the forward pass, the loss, the backward pass, the sums and the update as one line of moments."""
