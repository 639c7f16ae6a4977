"""The one exception that a person's input can raise."""


class InputError(ValueError):
    """Input that cannot be used. Its message is one sentence for a person: what is wrong, and what to do."""
