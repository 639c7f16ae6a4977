"""Splits: which of a task's sequences are trained on, which are validated on, and which are tested on."""

from __future__ import annotations

from typing import Literal, NamedTuple

from core.errors import InputError

Part = Literal["validation", "test"]


class Split(NamedTuple):
    """How a stock of sequences is divided, in its own order: training first, then validation, then test.

    `test`: how many sequences at the end are tested on, as a published split says; None: the last fifth.
    `validation`: the share, from 0 to below 1, of what comes before them that is validated on; 0: none.
    """

    validation: float = 0.0
    test: int | None = None


WHOLE = Split()


class Parts(NamedTuple):
    """The numbers of the sequences in each part. `validation` is empty where none was asked for."""

    training: range
    validation: range
    test: range

    @property
    def shared(self) -> bool:
        """Whether the stock is so small that all of it is every part: what is tested on is trained on, too."""
        return self.training == self.test


def parted(count: int, split: Split = WHOLE) -> Parts:
    """Divides `count` sequences that have nothing in common with each other. Raises InputError as `windows_parted`."""
    return windows_parted(count, 1, split)


def windows_parted(rows: int, used: int, split: Split = WHOLE) -> Parts:
    """Divides the windows of `used` consecutive rows of a series (rows,), in the order of time. Window k begins at row
    k; no row is in windows of two parts, so that nothing of a later part is known from an earlier one.

    A stock in which training or test would be empty is all of it, in every part that is asked for. Raises InputError
    where a number or share that was chosen leaves a part without a sequence.
    """
    count = max(1, rows - used + 1)
    if split.test is None:
        test_from = rows * 4 // 5
    else:
        test_from = rows - used + 1 - split.test
        if test_from < used:
            most = rows - 2 * used + 1
            raise InputError(
                "test: {test:,} of {count:,} sequences cannot be held out, because none would be left to train on; "
                "give at most {most:,}."
                if most >= 1
                else "test: {test:,} of {count:,} sequences cannot be held out, because none would be left to train "
                "on; choose fewer steps, or more data.",
                test=split.test,
                count=count,
                most=most,
            )
    validated_from = test_from - round(split.validation * test_from)
    test = range(test_from, rows - used + 1)
    everything = range(count)
    if not test or test_from < used:
        return Parts(everything, everything if split.validation else range(0), everything)
    training = range(validated_from - used + 1)
    validation = range(validated_from, test_from - used + 1) if split.validation else range(0)
    if not training or (split.validation and not validation):
        raise InputError(
            "validation: a share of {validation:g} leaves no sequence to validate on; choose a larger one."
            if training
            else "validation: a share of {validation:g} leaves no sequence to train on; choose a smaller one.",
            validation=split.validation,
        )
    return Parts(training, validation, test)
