"""The claim strip: one sentence about the run, and why it is so."""
