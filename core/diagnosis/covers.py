"""Which finishes of single arrays go together: as few different ones as possible that have one for each array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.diagnosis.asked import Item
from core.diagnosis.finishes import Finish

HARD = 3  # mistakes in one explanation, at most
MOST = 32  # ways that are looked at


def covers(options: Mapping[Item, Mapping[Finish, None]]) -> Iterator[tuple[tuple[Finish, tuple[str, ...]], ...]]:
    """The ways to choose a finish for each item with as few different ones as possible; factors of one size are one."""
    if not options:
        yield ()
        return
    merged = _merge_factors(options)
    for count in range(1, HARD + 1):
        ways = {frozenset(way) for way in _chosen(list(merged.values()), (), count)}
        found = [_assigned(merged, way) for way in sorted(ways, key=_rank_of)[:MOST]]
        if found:
            yield from found
            return


def _chosen(left: list[set[Finish]], chosen: tuple[Finish, ...], count: int) -> Iterator[tuple[Finish, ...]]:
    """Sets of at most `count` finishes that have one for each item."""
    missing = next((found for found in left if not found.intersection(chosen)), None)
    if missing is None:
        yield chosen
    elif len(chosen) < count:
        for finish in missing:
            yield from _chosen(left, (*chosen, finish), count)


def _rank_of(way: frozenset[Finish]) -> tuple:
    return sorted((each.rank, each.kind, each.detail, each.number) for each in way)[0], len(way)


def _assigned(merged: Mapping[Item, set[Finish]], way: frozenset[Finish]) -> tuple[tuple[Finish, tuple[str, ...]], ...]:
    """Each of the finishes with the names of the items that it is said of."""
    assigned: dict[Finish, list[str]] = {}
    order = sorted(way, key=lambda each: (each.rank, each.kind, each.detail))
    for item, found in merged.items():
        assigned.setdefault(next(each for each in order if each in found), []).append(item.name)
    return tuple((finish, tuple(names)) for finish, names in assigned.items())


def _merge_factors(options: Mapping[Item, Mapping[Finish, None]]) -> dict[Item, set[Finish]]:
    """Factors that agree within the tolerance become one and the same."""
    kept: list[Finish] = []
    merged: dict[Item, set[Finish]] = {}
    for item, found in options.items():
        own = set()
        for finish in found:
            if finish.number:
                tolerance = 4 * item.tolerance + 2 * item.rounding / max(item.largest, 1e-300)
                like = next(
                    (
                        k
                        for k in kept
                        if k.kind == finish.kind and abs(k.number - finish.number) <= tolerance * abs(k.number)
                    ),
                    None,
                )
                if like is None:
                    kept.append(finish)
                else:
                    finish = like
            own.add(finish)
        merged[item] = own
    return merged
