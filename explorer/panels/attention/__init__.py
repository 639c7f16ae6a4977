"""Which steps of the encoder each step of the decoder looks at."""
