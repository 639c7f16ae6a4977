"""Numbers that may mean that there is no value: −200, −9999 and the like, far from all others of their column."""

import numpy as np

from core.sentence import plural

USUAL = frozenset(
    {-1e30, -32768.0, -99999.0, -9999.0, -9999.9, -999.0, -999.9, -999.99, -99.0, -99.9, -200.0}
    | {999.0, 999.9, 9999.0, 9999.9, 99999.0, 999999.0, 32767.0}
)
FEWEST = 3  # times that any other number must stand there
FAR = 2.0  # times the span of the rest


def suspicious(column: np.ndarray, title: str) -> str:
    """A sentence on the column's smallest or largest value where it stands apart from the rest, or "".

    One of USUAL is suspicious where it is farther from the rest than the rest spans, or the only value of its sign;
    any other where it stands there at least FEWEST times, FAR times the span of the rest away.
    """
    for extreme, inner in ((column.min(), np.min), (column.max(), np.max)):
        rest = column[column != extreme]
        times = len(column) - len(rest)
        if not len(rest):
            return ""
        span, gap = float(rest.max() - rest.min()), abs(float(inner(rest)) - float(extreme))
        if span == 0.0:
            continue
        usual = float(extreme) in USUAL and (gap > span or (extreme < 0.0 <= rest.min()))
        if usual or (times >= FEWEST and gap > FAR * span):
            number = f"{extreme:.15g}"
            return plural(
                times,
                "{shown} stands once in “{title}”, far from the rest; if it means missing, set csv_missing={number}.",
                "{shown} stands {count:,} times in “{title}”, far from the rest; if it means missing, set "
                "csv_missing={number}.",
                shown=number.replace("-", "−"),
                title=title,
                number=number,
            )
    return ""
