"""A recorded run as it is in a file: values and gradients of every layer over time, and the norms of the gradients."""
