"""The figures of one cell, computed wherever there is a processor: texts and numbers go in and come out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.claims.claim import claim_of
from core.ensemble.measures import MEASURES, measured
from core.ensemble.outcomes import running
from core.ensemble.seeds import QUANTILES, over_seeds, quantiles_of
from core.errors import InputError, quoted
from core.experiment import from_json
from core.jobs import finished
from core.recorder import record

CLAIM = ("claim", "cause", "factor")
FAILED = "failed"
SPREAD = tuple(quantile for quantile in QUANTILES if quantile != 0.5)
LONGEST = 300  # characters of what went wrong


def columns(knobs: Sequence[str], seeds: int) -> tuple[str, ...]:
    """The names of a row's fields: knobs, measures (of several seeds the median, then quantiles), what the claim of the
    run with the experiment's own seeds says, and why there is none of these."""
    measures: list[str] = []
    for measure in MEASURES:
        measures.append(measure.name)
        if seeds > 1:
            measures += [f"{measure.name}_q{100 * quantile:02.0f}" for quantile in SPREAD]
    return (*knobs, *measures, *CLAIM, FAILED)


def row_of(experiment: str, knobs: dict[str, float], seeds: int) -> tuple[str, ...]:
    """The fields of one cell: `experiment` as JSON, changed by `knobs`. Whatever goes wrong is a field, too."""
    texts = [_text(value) for value in knobs.values()]
    names = columns(tuple(knobs), seeds)
    try:
        figures = _figures(experiment, knobs, seeds)
        return (*texts, *figures, "")
    except InputError as error:
        failed = str(error)
    except Exception as error:  # in the row of this cell, and the other cells go on
        failed = f"{type(error).__name__}: {error}"
    return (*texts, *[""] * (len(names) - len(texts) - 1), quoted(failed, LONGEST))


def _figures(experiment: str, knobs: dict[str, float], seeds: int) -> list[str]:
    changed = from_json(experiment).with_changes(**knobs)
    outcomes = finished(running(over_seeds(changed, seeds))).each
    refused = next((each.refusal for each in outcomes if each.refusal), "")
    if refused:
        raise InputError(refused)
    figures: list[str] = []
    for measure in MEASURES:
        numbers = measured(measure, outcomes)
        if seeds == 1:
            figures.append(_text(float(numbers[0])))
            continue
        median, *spread = quantiles_of(numbers, (0.5, *SPREAD))
        figures += [_text(float(each)) for each in (median, *spread)]
    claim = claim_of(record(changed))
    factor = claim.numbers.get("factor", math.nan)
    return [*figures, claim.form, claim.cause, _text(float(factor))]


def _text(value: float) -> str:
    """A number so that reading it gives the same one again; whole ones without a point."""
    if isinstance(value, int | np.integer):
        return str(int(value))
    return repr(float(value))
