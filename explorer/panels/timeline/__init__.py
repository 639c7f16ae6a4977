"""The line of moments, to be scrubbed."""
