"""Pictures over the updates of a training, painted: curves, maps and a strip of matrices under one cursor."""
