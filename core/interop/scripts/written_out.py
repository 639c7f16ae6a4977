"""From a trace to its program: every declared part of the network as lines, or the reason why a run cannot be a script.

A part writes its lines from what it declares: the operations of a step, and what each input stands for.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from core.analysis.evaluation import Evaluation
from core.errors import InputError
from core.interop.scripts.inputs import Inputs
from core.interop.scripts.operations import WHOLE, Name, axis_of, operation_line
from core.interop.scripts.program import Line, Loop, Program, Value
from core.maths.operations import FIXED, Operation
from core.network.declared import EACH, EVERY, PREVIOUS, TARGETS, Declared, Key, X
from core.network.parts import OUTPUT, Part
from core.trace import Trace
from core.unrolled import readers_of

TAKEN = {*"xyzatkBOPGL", "functional", "np", "torch", "counts", "present", "recorded"}


def refuse(trace: Trace) -> None:
    """Raises InputError for a run that is wrong on purpose, or not finite: no script could reproduce it."""
    if trace.experiment.fault is not None:
        raise InputError(
            "fault {fault} makes this run's gradients wrong on purpose; switch it off to export it.",
            fault=trace.experiment.fault,
        )
    if trace.broken is not None:
        phase, t = trace.broken
        raise InputError(
            "This run is not finite from {phase} step {t} on; choose smaller weights to export it.", phase=phase, t=t
        )


def program_of(trace: Trace) -> Program:
    """All lines of a run. Raises InputError where a part of it has no lines."""
    program = _Writer(trace).program
    return program if _names_differ(program) else _Writer(trace, prefixed=True).program


class _Writer:
    """A program being written. `prefixed`: the names of a scan begin with its own, even where it is the only one."""

    def __init__(self, trace: Trace, prefixed: bool = False) -> None:
        self.trace, self.prefixed, self.program = trace, prefixed, Program()
        self.evaluation, self.logits = Evaluation(trace), trace.head.key("z")
        self.values = {X: Value("x", "len(x)", None), TARGETS: Value("y", "len(y)", None)}
        for declared in trace.network.declared:
            self._declare_parameters(declared)
        for part in trace.network.parts:
            self._part(part)

    # --- names ---
    def _prefix(self, declared: Declared) -> str:
        """Before a part's names: nothing for the output's, and for those of the only scan."""
        alone = sum(bool(each.gathered) for each in self.trace.network.declared) == 1 and not self.prefixed
        return "" if declared is self.trace.head or (declared.gathered and alone) else f"{declared.name}_"

    def _name(self, declared: Declared, made: str) -> str:
        """What a quantity is called; the only one of a layer has the part's name, J1."""
        part, own = declared.key(made)
        if declared.layer and declared.made == (made,):
            return part
        return f"{self._prefix(declared)}{own}" if part == declared.name else f"{part}_{own}"

    def _parameter(self, declared: Declared, name: str) -> str:
        return "b_z" if declared is self.trace.head and name == "b" else f"{self._prefix(declared)}{name}"

    def _declare_parameters(self, declared: Declared) -> None:
        """A part's parameters by the names of its operations: views of the arrays, and of their gradients'."""
        prefix = f"{declared.name}."
        given = self.trace.parameters.items()
        own = {name.removeprefix(prefix): array for name, array in given if name.startswith(prefix)}
        for name, (array, mask) in declared.masked(own).items():
            full, masked = prefix + name, ""
            if mask is not None:
                key = f"{self._prefix(declared)}{name}_mask"
                self.program.arrays[key], self.program.masks[full], masked = mask, key, f" * {key}"
            views = declared.named(name, array)
            split = "{}"
            if len(views) > 1 and next(iter(views.values())).ndim == array.ndim:
                split = f"blocks({{}}, {len(views)})"
            names = [self._parameter(declared, each) for each in views]
            forward = f"{', '.join(names)} = " + split.format(f'P["{full}"]{masked}')
            back = f"{', '.join(f'd{each}' for each in names)} = " + split.format(f'G["{full}"]')
            self.program.parameters.append(Line(forward, (back,)))

    # --- parts ---
    def _part(self, part: Part) -> None:
        """One part, or those that share a loop."""
        members = part.members or (part,)
        together = [each for member in members for each in member.declared()]
        steps, loop, within = self._steps(together), None, set[Key]()
        if any(self._by_step(each) for each in together):
            way = ", from the last step to the first"
            title = ", ".join(f"{each.title or each.name}{way if each.reverse else ''}" for each in members)
            loop = Loop(steps, together[0].reverse, title)
            within = {declared.key(each.out) for declared in together for each in declared.graph}
        for declared in together:
            once = loop is None and declared.once(declared.reads(self.trace.network.widths))
            for operation in declared.graph:
                key, name = declared.key(operation.out), self._name(declared, operation.out)
                gradient = f"d{name}" if self._has_gradient(operation, key) else None
                self.values[key] = Value(name, steps, gradient, loop is not None, once)
        for declared in together:
            self._declared(declared, steps, loop, within)
        if loop is not None:
            self.program.parts.append(loop)

    def _by_step(self, declared: Declared) -> bool:
        """Whether its steps are done one after the other."""
        reads = declared.reads(self.trace.network.widths)
        attends = any(read.at == EVERY for several in reads.values() for read in several) and not declared.once(reads)
        return bool(declared.gathered or declared.recurrent_states or declared.couples_samples or attends)

    def _steps(self, together: Sequence[Declared]) -> str:
        """How many steps parts have: those of what they read step by step; else those of what is written."""
        inputs = [several for each in together for several in each.reads(self.trace.network.widths).values()]
        now = [read.signal for several in inputs for read in several if read.at == EACH and not read.lag]
        return next((self.values[signal].steps for signal in now if signal in self.values), "len(y)")

    def _has_gradient(self, operation: Operation, key: Key) -> bool:
        """Whether anything arrives at what it makes: from what reads it, or from the loss."""
        return operation.kind not in FIXED and (key == self.logits or bool(readers_of(self.trace.network, key)))

    def _declared(self, declared: Declared, steps: str, loop: Loop | None, within: Set[Key]) -> None:
        prefix = self._prefix(declared)
        inputs = Inputs(self.evaluation, self.program, self.values, declared, prefix, steps, loop, within)
        used = {source for operation in declared.graph for source in operation.inputs}
        carried_last = sorted(inputs.reads, key=lambda name: name.removesuffix(PREVIOUS) in declared.recurrent_states)
        names = {source: inputs.name(source) for source in carried_last if source in used}
        parameters = {name: self._parameter(declared, name) for name in declared.own_parameters(self.trace.parameters)}
        first = self.evaluation.values_of_step(declared, 0)
        widths = {name: array.shape[-1] for name, array in first.items()}
        lines = self.program.parts if loop is None else loop.lines
        for operation in declared.graph:
            out = operation.out
            value = self.values[declared.key(out)]
            if operation.kind == "clock":
                names[out] = self._clock(declared, out, value, loop)
                continue
            if loop is not None:
                loop.made.append(value.name)
            if value.gradient is not None and declared.key(out) != self.logits:  # where the gradient begins
                self.program.tracked.append(value.name)
            taken = [names[source] for source in operation.inputs]
            axis = axis_of(operation, taken) if loop is not None or inputs.once else WHOLE
            text = value.name if loop is None else value.at("t")
            names[out] = Name(text, value.gradient and f"d{text} += {{}}", axis)
            as_output = f"output({taken[0].value})" if declared.key(out) == OUTPUT else ""
            line = operation_line(operation, names[out], taken, widths, parameters, as_output)
            lines.append(line if value.gradient is not None else Line(line.forward))
        if (
            loop is not None
            and declared.recurrent_states
            and not declared.decodes
            and self.trace.data.present is not None
        ):
            self._copy(declared, loop)

    def _clock(self, declared: Declared, out: str, value: Value, loop: Loop | None) -> Name:
        """What is given: step by step, or the same at every step, (B, J) for the steps J of another sequence."""
        given = declared.given(self.trace.run).get(out)
        if given is None:
            clock = f"{value.name}_clock"
            self.program.arrays[clock] = self.trace.values[declared.key(out)]
            if loop is None:
                return Name(clock, None, WHOLE)
            loop.made.append(value.name)
            loop.lines.append(Line(f"{value.name}[t] = {clock}[t]"))
            return Name(f"{value.name}[t]", None)
        if given.dtype == bool and given.all():
            return Name("", None)  # every step is there
        array = given[0, 0]
        if (array == array.flat[0]).all():
            line = Line(f"{value.name} = full((B, {array.shape[1]}), {float(array.flat[0])!r})")
            (self.program.parts if loop is None else loop.before).append(line)
        else:
            self.program.arrays[value.name] = array
        return Name(value.name, None)

    def _copy(self, declared: Declared, loop: Loop) -> None:
        """At the steps that a sample does not have what is carried is handed on."""
        before = f"t {'+' if declared.reverse else '-'} 1"
        for name in declared.recurrent_states:
            at, earlier = (self.values[declared.key(name)].at(step) for step in ("t", before))
            back = f"d{earlier} += where(present[t], 0.0, d{at})", f"d{at} = where(present[t], d{at}, 0.0)"
            forward = f"{at} = where(present[t], {at}, {earlier})  # no step here: the state is copied"
            loop.lines.append(Line(forward, back))


def _names_differ(program: Program) -> bool:
    """Whether every name in the script means one thing."""
    names = list(program.tracked)
    for part in program.parts:
        names += [name for name in part.made if name not in program.tracked] if isinstance(part, Loop) else []
    for line in program.parameters:
        names += [name.strip() for name in line.forward.partition("=")[0].split(",")]
    names = [name for name in names if name not in ("z", "a")]
    return len(set(names)) == len(names) and not set(names) & TAKEN


def declarations(program: Program) -> list[str]:
    """The parameters by block, forward."""
    return [text for line in program.parameters for text in line.forward.splitlines()]


def is_stepwise(program: Program) -> bool:
    """Whether z and a are made step by step, as dictionaries."""
    return any(isinstance(part, Loop) and "z" in part.made for part in program.parts)
