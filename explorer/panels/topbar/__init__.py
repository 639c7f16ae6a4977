"""What is shown, the badge of the gradient check, and the running job."""
