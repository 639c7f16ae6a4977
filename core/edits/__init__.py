"""Numbers typed over: where a run has one, what it is called, and the run with it."""
