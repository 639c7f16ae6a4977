"""A lesson that is open: its steps, its questions, and the session as it was before."""
