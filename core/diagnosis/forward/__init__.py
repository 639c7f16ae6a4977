"""Wrong values of a forward pass: which operation, done otherwise, gives them."""
