"""From a trace to its program: every part of the network as lines, or the reason why a run cannot be a script."""

from __future__ import annotations

from core.errors import InputError
from core.interop.program import Loop, Program
from core.interop.program_parts import Writer, context_lines, convolution_lines, head_lines, join_lines
from core.interop.program_scan import scan_lines
from core.network.head import Head
from core.network.joins import Context, Convolution, Join
from core.network.lockstep import Lockstep
from core.network.parts import Part
from core.network.scan import Scan
from core.network.sources import Concatenated, FullSequence
from core.trace import Trace

TAKEN = {
    "functional",
    "np",
    "torch",
    "x",
    "y",
    "z",
    "a",
    "t",
    "k",
    "B",
    "O",
    "P",
    "G",
    "L",
    "counts",
    "present",
    "recorded",
}


def refuse(trace: Trace) -> None:
    """Raises InputError for a run that is wrong on purpose, or not finite: no script could reproduce it."""
    if trace.experiment.fault is not None:
        raise InputError(
            f"fault {trace.experiment.fault} makes this run's gradients wrong on purpose; switch it off to export it."
        )
    if trace.broken is not None:
        phase, t = trace.broken
        raise InputError(f"This run is not finite from {phase} step {t} on; choose smaller weights to export it.")


def program_of(trace: Trace) -> Program:
    """All lines of a run. Raises InputError where a part of it has no lines."""
    program = _program(Writer(trace))
    return program if _names_differ(program) else _program(Writer(trace, prefixed=True))


def _program(writer: Writer) -> Program:
    for part in writer.trace.network.parts:
        _part(writer, part)
    return writer.program


def _part(writer: Writer, part: Part) -> None:
    match part:
        case Scan():
            loop = Loop(_steps(writer, part), part.reverse, _title(part))
            scan_lines(writer, part, loop)
            writer.program.parts.append(loop)
        case Lockstep():
            first = next(member for member in part.members if isinstance(member, Scan))
            loop = Loop(_steps(writer, first), title=", ".join(_title(each) for each in part.members))
            for member in part.members:
                if isinstance(member, Scan):
                    scan_lines(writer, member, loop)
                elif isinstance(member, Head):
                    head_lines(writer, member, loop)
            writer.program.parts.append(loop)
        case Join():
            join_lines(writer, part)
        case Convolution():
            convolution_lines(writer, part)
        case Context():
            context_lines(writer, part)
        case Head():
            head_lines(writer, part, None)
        case _:
            raise InputError(f"The part {part.name} of this network has no lines for a script yet.")


def _steps(writer: Writer, scan: Scan) -> str:
    if isinstance(scan.source, Concatenated):
        return "len(y)"
    return writer.values[scan.source.signal].steps if isinstance(scan.source, FullSequence) else "len(x)"


def _title(part: Part) -> str:
    if not isinstance(part, Scan):
        return "the output"
    return f"{part.name}: {part.cell.title}{', from the last step to the first' if part.reverse else ''}"


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
