"""How an example's file is made: its run, with parameters of its own where it is trained, looked at from the end."""

from __future__ import annotations

from core.documents import storage
from core.jobs import Job
from core.recorder import record
from core.timeline.timeline import Timeline
from explorer.examples.example import Example


def text_of(example: Example) -> Job[tuple[str, str]]:
    """The file's text, and the claim as it holds of its run. Raises ValueError where it does not hold."""
    parameters = yield from example.training()
    trace = record(example.make(), parameters)
    if not example.holds(example.numbers(trace)):
        raise ValueError(f"{example.name}: its claim does not hold, with {dict(example.numbers(trace))}")
    complete = Timeline(trace.steps, trace.schedule.sweeps).complete
    return storage.to_text(trace, float(complete), pinned=example.pins()), example.sentence(trace)
