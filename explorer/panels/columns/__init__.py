"""What the panels share whose columns are the steps of the chain."""
