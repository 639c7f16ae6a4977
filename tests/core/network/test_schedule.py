"""When and where each part works: everything is computed after what it reads, and goes back in the opposite order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.network.context import Context
from core.network.convolution import Convolution
from core.network.gathered import Concatenated
from core.network.head import Head
from core.network.joins import Join
from core.network.parts import Key, Part
from core.network.scan import Scan
from core.network.sources import FullSequence, LayerBelow
from core.timeline.timeline import BACKWARD, FORWARD, Time, Timeline
from core.trace import Trace
from tests.core.strategies import RELAXED
from tests.core.structured import STRUCTURE, STRUCTURES, trace_of

Node = tuple[str, int]  # a part and its own step, from 1


def columns_of(trace: Trace, part: str) -> range:
    """The columns in which a part has nodes: a decoder's come after all that is read."""
    read, written = len(trace.data.x), len(trace.data.y)
    decodes = any(scan.decodes for scan in trace.scans)
    if part.startswith("D") or part in ("out", "attention") or (part == "context" and ("context", "a") in trace.values):
        return range(read + 1, read + written + 1) if decodes else range(1, read + 1)
    attended = ("attention", "a") in trace.values
    if part in ("bridge", "context"):
        return range(read + 1, read + written + 1) if attended and part == "context" else range(read, read + 1)
    return range(1, read + 1)


def edges(trace: Trace) -> list[tuple[Node, Node]]:
    """What every node reads, (reader, read) with their columns, written down from the parts alone."""
    found: list[tuple[Node, Node]] = []
    for part in trace.network.members:
        for t in columns_of(trace, part.name):
            there = (node for node in _read(trace, part, t) if node[1] in columns_of(trace, node[0]))
            found += [((part.name, t), node) for node in there]
    return found


def _read(trace: Trace, part: Part, t: int) -> list[Node]:
    if isinstance(part, Scan):
        before = [(part.name, t + 1 if part.reverse else t - 1)]
        source, last = part.source, len(trace.data.x)
        if isinstance(source, FullSequence | LayerBelow) and source.signal[0] != "data":
            before += [(source.signal[0], t - k) for k in range(source.taps)]
        if isinstance(source, Concatenated) and not trace.experiment.teacher_forcing:
            before.append(("out", t - 1))
        if isinstance(part.feedback, Concatenated) and not trace.experiment.teacher_forcing:
            before += [("out", t - k - 1) for k in range(len(part.feedback.components))]
        if part.decodes:
            handed: list[Key] = [(part.initial, "s")] if isinstance(part.initial, str) else []
            handed += [part.initial] if isinstance(part.initial, tuple) else []
            before += [(name, last) for name, _ in handed]
            if trace.experiment.structure == "attention" and part.name == "D1":
                states = "J" if trace.experiment.bidirectional else "E"
                before += [(f"{states}{trace.experiment.layers}", k) for k in range(1, last + 1)]
            elif part.name == "D1":
                before.append(("context", last))
        return before
    if isinstance(part, Join):
        return [(part.first[0], t), (part.second[0], 1 if part.at_its_end else t)]
    if isinstance(part, Context):
        names = [part.states[0]] if part.kind == "all" else [name for name, _ in part.ends]
        return [(name, k) for name in names for k in range(1, len(trace.data.x) + 1)]
    return [(part.source[0], t)] if isinstance(part, Head) else []


@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "tdnn", "narx"])
def test_every_node_is_computed_after_what_it_reads_and_goes_back_before_it(name, cell):
    """Within one beat the parts work in their order, forward and back."""
    chosen = STRUCTURES[name]
    fed = chosen.get("structure") in ("encoder-decoder", "attention", "1-n-feedback") or "bidirectional" in chosen
    if (cell == "narx" and fed) or (cell == "tdnn" and chosen.get("structure") in ("encoder-decoder", "attention")):
        with pytest.raises(InputError, match="no state|choose"):
            trace_of(name, cell)
        return
    trace = trace_of(name, cell)
    schedule, order = trace.schedule, [part.name for part in trace.network.members]
    forward = {part: schedule.forward(part) for part in order}
    backward = {part: schedule.backward(part) for part in order}
    found = edges(trace)
    assert len(found) >= (trace.steps - 1) * (cell == "tanh")
    for (reader, t), (read, k) in found:
        later = order.index(reader) > order.index(read)
        assert forward[read][k - 1] > 0 and forward[reader][t - 1] > 0
        assert forward[read][k - 1] - later < forward[reader][t - 1], (reader, t, read, k)
        assert backward[reader][t - 1] - later < backward[read][k - 1], (reader, t, read, k)


@STRUCTURE
def test_a_part_has_beats_in_its_own_columns_and_nowhere_else(name):
    trace = trace_of(name)
    schedule = trace.schedule
    assert schedule.columns == trace.steps
    assert schedule.beats == sum(last - first + 1 for first, last in schedule.sweeps)
    for part in trace.network.members:
        own = columns_of(trace, part.name)
        assert schedule.offset(part.name) == own[0] - 1
        for beats in (schedule.forward(part.name), schedule.backward(part.name)):
            assert (np.flatnonzero(beats) + 1).tolist() == list(own)
            assert beats[beats > 0].min() >= 1 and beats.max() <= schedule.beats
        if isinstance(part, Scan):  # one step a beat
            taken = schedule.forward(part.name)[own[0] - 1 : own[-1]]
            assert np.diff(taken).tolist() == [-1 if part.reverse else 1] * (len(own) - 1)
        if isinstance(part, Scan | Convolution):  # the backward pass is the forward pass, mirrored
            both = schedule.forward(part.name) + schedule.backward(part.name)
            assert set(both[own[0] - 1 : own[-1]].tolist()) == {schedule.beats + 1}


@STRUCTURE
def test_one_sweep_ahead_is_the_columns_themselves(name):
    trace = trace_of(name)
    schedule = trace.schedule
    paired = "bidirectional" in STRUCTURES[name]
    assert (len(schedule.sweeps) == 1 and not paired and "convolution" not in STRUCTURES[name]) == schedule.simple
    if schedule.simple:
        for part in trace.network.members:
            own = columns_of(trace, part.name)
            assert [beat for beat in schedule.forward(part.name) if beat] == list(own)
            assert [beat for beat in schedule.backward(part.name) if beat] == [trace.steps + 1 - t for t in own]
    layers = STRUCTURES[name].get("layers", 1)
    decoded = any(scan.decodes for scan in trace.scans)
    assert len(schedule.sweeps) == (layers + decoded if paired else 1)


def test_a_reverse_chain_runs_beside_its_partner_and_the_next_layer_after_both():
    """By hand, T = 5, two layers: beat 1 is t = 1 ahead and t = 5 back; layer 2 begins at beat 6."""
    schedule = trace_of("bidirectional, two layers").schedule
    assert schedule.forward("L1").tolist() == [1, 2, 3, 4, 5]
    assert schedule.forward("L1r").tolist() == [5, 4, 3, 2, 1]
    assert schedule.forward("J1").tolist() == [5, 4, 3, 4, 5]
    assert schedule.forward("L2").tolist() == [6, 7, 8, 9, 10]
    assert schedule.backward("L2").tolist() == [5, 4, 3, 2, 1]
    assert schedule.backward("L1r").tolist() == [6, 7, 8, 9, 10]
    assert schedule.backward("J1").tolist() == [6] * 5  # layer 2 is done with all of it


# --- the line of beats over sweeps ---
@st.composite
def lines(draw: st.DrawFn) -> Timeline:
    """A line of several sweeps, the last over a decoder's columns or over all."""
    read, written, count = draw(st.integers(1, 30)), draw(st.integers(0, 10)), draw(st.integers(1, 4))
    sweeps = ((1, read),) * count
    return Timeline(read + written, (*sweeps, (read + 1, read + written)) if written else sweeps)


@RELAXED
@given(lines(), st.data())
def test_beat_index_at_and_position_are_inverse(line, data):
    i = data.draw(st.integers(0, line.last))
    time = line.beat(i)
    assert line.index(time.phase, time.t, time.sweep) == i
    assert line.at(i) == time and line.position(time) == i
    between = i - data.draw(st.floats(0, 1, exclude_max=True))
    assert line.position(line.at(between)) == pytest.approx(max(between, 0.0), abs=1e-9)


@RELAXED
@given(lines())
def test_the_beats_go_over_the_sweeps_and_back_again(line):
    ahead = [(sweep, t) for sweep, (first, last) in enumerate(line.sweeps) for t in range(first, last + 1)]
    found = [line.beat(i) for i in range(len(line))]
    single = len(line.sweeps) == 1
    assert [(time.sweep, time.t) for time in found if time.phase == FORWARD] == [
        (None if single else sweep, t) for sweep, t in ahead
    ]
    assert [time.t for time in found if time.phase == BACKWARD] == [t for _, t in reversed(ahead)]
    assert line.beats == len(ahead) and len(line) == 2 * len(ahead) + 4


@RELAXED
@given(lines(), st.data())
def test_without_a_sweep_a_column_is_where_the_phase_is_done_with_it(line, data):
    t = data.draw(st.integers(1, line.steps))
    for phase in (FORWARD, BACKWARD):
        i = line.index(phase, t)
        assert line.beat(i)[:2] == (phase, t)
        assert not any(line.beat(k)[:2] == (phase, t) for k in range(i + 1, len(line)))
    assert line.at(line.position(Time(FORWARD, t)))[:2] == (FORWARD, t)


@RELAXED
@given(lines(), st.data())
def test_what_is_done_counts_beats_and_the_top_layers_columns(line, data):
    position = data.draw(st.floats(0, line.last))
    done = [line.beat(i) for i in range(1, int(position) + 1)]
    assert line.forward_done(position) == sum(time.phase == FORWARD for time in done)
    assert line.backward_done(position) == sum(time.phase == BACKWARD for time in done)
    first, last = line.sweeps[-1]
    back = [time.t for time in done if time.phase == BACKWARD]
    if len(back) < last - first + 1:
        assert line.backward_reached(position) == last + 1 - len(back)
    elif len(line.sweeps) == 1 or len(back) > last - first + 1:
        assert line.backward_reached(position) == 1
    else:
        assert line.backward_reached(position) == first


def test_every_layer_of_a_bidirectional_network_is_a_sweep_of_its_own():
    schedule = trace_of("bidirectional, two layers", layers=3).schedule
    sweeps = {name: lane.sweep for name, lane in schedule.lanes.items() if name != "out"}
    assert {sweep: [name for name, each in sweeps.items() if each == sweep] for sweep in range(3)} == {
        0: ["L1", "L1r", "J1"], 1: ["L2", "L2r", "J2"], 2: ["L3", "L3r", "J3"],
    }  # fmt: skip
    assert schedule.sweeps == ((1, 5),) * 3
