"""The product of one-step derivatives between two steps."""
