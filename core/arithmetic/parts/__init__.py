"""Parts that are no cell, in detail: joins, a convolution, contexts, the output."""
