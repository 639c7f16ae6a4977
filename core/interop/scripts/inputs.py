"""What an input of a declared step is called in the script, with the lines that gather it where it needs some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from itertools import groupby

import numpy as np

from core.analysis.evaluation import Evaluation
from core.errors import InputError
from core.interop.scripts.operations import EVERY_STEP, WHOLE, Name
from core.interop.scripts.program import Line, Loop, Program, Value
from core.network.declared import EACH, EVERY, FIRST, TARGETS, Declared, Key, Read
from core.network.parts import OUTPUT


class Inputs:
    """The inputs of one part. `prefix`: before its names; `values`: what each signal is called; `loop`: the one in
    which its steps are done, None where they are made all at once; `within`: the signals that this loop makes."""

    def __init__(
        self,
        evaluation: Evaluation,
        program: Program,
        values: Mapping[Key, Value],
        declared: Declared,
        prefix: str,
        steps: str,
        loop: Loop | None,
        within: Set[Key],
    ) -> None:
        self.evaluation, self.trace = evaluation, evaluation.trace
        self.program, self.values, self.declared, self.prefix = program, values, declared, prefix
        self.steps, self.loop, self.within = steps, loop, within
        self.reads = declared.reads(self.trace.network.widths)
        self.once = loop is None and declared.once(self.reads)

    def name(self, source: str) -> Name:
        """What stands for an input. Raises InputError where no script can write it out."""
        reads = self.reads[source]
        if reads[0].at == EVERY:
            return self._every(source, reads[0])
        shares = [list(several) for _, several in groupby(reads, lambda read: read.columns)]
        if len(shares) == 1:
            return self._one(shares[0])
        if self._is_window(reads):
            return self._window(source, reads)
        names = [self._one(share) for share in shares]
        made = self._made(f"{self.prefix}{'read' if source == 'x' else source}")
        places = (f"d{made.value}[..., {share[0].share.start}:{share[0].share.stop}]" for share in shares)
        back = tuple(name.back.format(at) for name, at in zip(names, places, strict=True) if name.back is not None)
        self._add(Line(f"{made.value} = beside({', '.join(name.value for name in names)})", back))
        return made

    # --- what is made for it ---
    def _made(self, name: str) -> Name:
        """A name of its own, with a gradient."""
        self.program.tracked.append(name)
        if self.loop is None:
            return Name(name, f"d{name} += {{}}", "" if self.once else WHOLE)
        self.loop.made.append(name)
        return Name(f"{name}[t]", f"d{name}[t] += {{}}")

    def _add(self, line: Line) -> None:
        (self.program.parts if self.loop is None else self.loop.lines).append(line)

    def _first(self, name: str, line: Line) -> None:
        """In front of the loop, once."""
        assert self.loop is not None
        if not any(each.forward.startswith(f"{name} = ") for each in self.loop.before):
            self.loop.before.append(line)

    # --- all steps of a sequence ---
    def _every(self, source: str, read: Read) -> Name:
        value = self.values[read.signal]
        if self.loop is None:
            return Name(value.whole, value.back_whole, EVERY_STEP)
        name = f"{self.prefix}{source}"
        self.program.tracked.append(name)
        back = (value.back_whole.format(f"d{name}"),) if value.back_whole else ()
        self._first(name, Line(f"{name} = {value.whole}", back))
        return Name(name, f"d{name} += {{}}", EVERY_STEP)

    # --- several steps side by side ---
    def _is_window(self, reads: tuple[Read, ...]) -> bool:
        """Whether they are steps of one signal that follow each other, in a loop."""
        first, way = reads[0], -1 if self.declared.reverse else 1
        alike = {(read.signal, read.at, read.only) for read in reads} == {(first.signal, EACH, 0)}
        follow = [read.lag for read in reads] == [first.lag + way * k for k in range(len(reads))]
        return alike and follow and self.loop is not None and (not first.lag or not self.declared.reverse)

    def _window(self, source: str, reads: tuple[Read, ...]) -> Name:
        value, taps = self._value(reads[0], ()), len(reads)
        function = "window_ahead" if self.declared.reverse else "window"
        at = f"t - {reads[0].lag}" if reads[0].lag else "t"
        read, more = value.name, ""
        if reads[0].present and self.trace.data.present is not None:
            read, more = f"where(present, {value.whole}, 0.0)", ", present"
        made = self._made(f"{self.prefix}{'lags' if source == 'x' else source}")
        back = f"{function}_back({value.gradient}, d{made.value}, {at}, {taps}{more})"
        self._add(Line(f"{made.value} = {function}({read}, {at}, {taps})", (back,) if value.gradient else ()))
        return made

    # --- one step ---
    def _one(self, reads: list[Read]) -> Name:
        """One step of a signal, at the reader's first ones perhaps of another."""
        read, present = reads[0], self.trace.data.present
        if read.at != EACH:
            return self._end(read)
        if self.loop is None:
            return self._whole(reads)
        value = self._value(read, reads[1:])
        at = f"t {'-' if read.lag > 0 else '+'} {abs(read.lag)}" if read.lag else "t"
        text, back = value.at(at), value.back(at)
        if read.present and present is not None:
            text, back = f"where(present[{at}], {text}, 0.0)", back and back.format(f"where(present[{at}], {{}}, 0.0)")
        return Name(text, back)

    def _end(self, read: Read) -> Name:
        """The first or the last step of a sequence; for all of the reader's, where it makes them at once."""
        value = self.values[read.signal]
        step = "0" if read.at == FIRST else f"{value.steps} - 1"
        text, back = value.at(step), value.back(step)
        if self.loop is None and not self.once:
            back = back and back.format("({}).sum(axis=0)")
            return Name(f"everywhere({text}, {self.steps})", back, WHOLE)
        return Name(text, back)

    def _whole(self, reads: list[Read]) -> Name:
        """A sequence, or the same so many steps later."""
        read, value = reads[0], self.values[reads[0].signal]
        if len(reads) > 1:
            raise InputError("What {name} begins with cannot be written out as a script.", name=self.declared.name)
        text, back = value.whole, value.back_whole
        if read.present and self.trace.data.present is not None:
            text, back = f"where(present, {text}, 0.0)", back and back.format("where(present, {}, 0.0)")
        if read.lag:
            text, back = f"shifted({text}, {-read.lag})", back and back.format(f"shifted({{}}, {read.lag})")
        return Name(text, back, WHOLE)

    # --- what a loop begins with ---
    def _value(self, read: Read, others: Iterable[Read]) -> Value:
        """The signal by step, with what stands for the steps before its first, as far back as it is read."""
        value, steps = self.values[read.signal], self.steps
        if read.lag and read.signal not in self.within:
            value = self._by_step(read.signal, value)
        begin = {abs(read.lag) + 1 - other.only: self._end(other) for other in others}
        for k in range(1, abs(read.lag) + 1):
            place = f"-{k}" if read.lag > 0 else steps if k == 1 else f"{steps} + {k - 1}"
            start, name = begin.get(k), f"{value.name}[{place}]"
            if start is None:
                start = Name(self._start(read.signal, value.name), None)
            back = (start.back.format(f"d{name}"),) if start.back and value.gradient else ()
            self._first(name, Line(f"{name} = {start.value}", back))
        return value

    def _by_step(self, signal: Key, value: Value) -> Value:
        """A sequence that was made before the loop, in a dictionary, so that steps before its first can be added."""
        name, note = f"{self.prefix}earlier_{value.name}", ""
        if signal == TARGETS:
            name, note = "given", "  # the targets take the outputs' place"
        gradient = value.gradient and f"d{name}"
        back = (f"add({value.gradient}, rows({gradient}, {value.steps}))",) if gradient else ()
        self._first(name, Line(f"{name} = dict(enumerate({value.whole})){note}", back))
        if gradient and name not in self.program.tracked:
            self.program.tracked.append(name)
        return Value(name, value.steps, gradient, by_step=True)

    def _start(self, signal: Key, name: str) -> str:
        """What is carried into the first step, or nothing."""
        if signal in (OUTPUT, TARGETS):
            return "full((B, O), 0.0)"
        start = self.trace.start.get(signal, np.zeros(self.evaluation.signal(signal).shape[1:]))
        if (start == start.flat[0]).all():
            return f"full((B, {start.shape[1]}), {float(start.flat[0])!r})"
        self.program.arrays[f"{name}_start"] = start
        return f"{name}_start"
