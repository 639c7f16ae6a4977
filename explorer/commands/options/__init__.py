"""What several commands take: an experiment, somebody's own arrays, numbers typed over."""
