"""Which steps of the encoder each step of the decoder attends to."""
