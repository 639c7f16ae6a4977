"""A sweep: experiments over one or two options, each cell's figures as a row of a table that survives interruption."""
