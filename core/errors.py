"""The one exception that a person's input can raise."""

SPACES = "\u00a0\u2009\u202f"  # that do not break a line


class InputError(ValueError):
    """Input that cannot be used. Its message is one sentence for a person: what is wrong, and what to do.

    Control characters and broken ones, which a file or an argument may have brought into it, are shown as ·.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("".join(map(_shown, sentence)))


def _shown(character: str) -> str:
    if character.isprintable() or character in SPACES:
        return character
    return " " if character.isspace() else "·"
