"""What carries an experiment or a lesson's step to somebody else without a file."""
