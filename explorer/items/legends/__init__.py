"""What the colours of a picture mean, one scale a file."""
