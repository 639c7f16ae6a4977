"""The training: its loss over the updates, and beside it what else is recorded of it."""
