"""From a text to an expression. Python's own reader makes a tree of it, of which only what is named here is taken over:
no attribute, no assignment, nothing that could do more than compute. Everything that can be known without a run is
checked here."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import msgspec
import numpy as np
from msgspec import inspect

from core.errors import quoted
from core.experiment import Experiment
from core.jobs import Job
from core.lessons.language import functions
from core.lessons.language.address import address_of
from core.lessons.language.evaluation import Compared, Evaluation
from core.lessons.language.faults import ExpressionError, Misuse, Span
from core.lessons.language.functions import (
    CHANGED,
    COSTS,
    FUNCTIONS,
    KIND,
    LOOPS,
    PARAMETER,
    PIN,
    SPREAD,
    TEXTS,
    Function,
)
from core.lessons.language.nodes import (
    Arithmetic,
    Both,
    Call,
    Changed,
    Comparison,
    Constant,
    Name,
    Negation,
    Negative,
    Node,
    Product,
    Repeated,
    Spread,
    Text,
    checked_number,
    checked_scalar,
    checked_truth,
)
from core.lessons.language.runs import Runs
from core.maths.arrays import Array
from core.sentence import Sentence, clauses

LONGEST = 1000  # characters
DEEPEST = 40  # nodes one inside another
MOST_NODES = 400
SIZES = ("T", "H", "B")


def _numeric() -> frozenset[str]:
    """The fields of an experiment that are numbers, or off."""
    found = set()
    for field in msgspec.structs.fields(Experiment):
        kind = inspect.type_info(field.type)
        kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        if any(isinstance(each, inspect.IntType | inspect.FloatType) for each in kinds):
            found.add(field.name)
    return frozenset(found)


NUMERIC = _numeric()
_NAME = re.compile(r"[a-z]\w*", re.ASCII)

_ARITHMETIC: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_SIGNS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_BY_NAME = {each.name: each for each in FUNCTIONS}
_LOOPS = {each.name: each for each in LOOPS}


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds, and its comparisons in the order of the text, each where it is least true."""

    holds: bool
    compared: tuple[Compared, ...]


@dataclass(frozen=True)
class Expression:
    """A text that has been read. `root`: its tree."""

    text: str
    root: Node

    @property
    def cost(self) -> str:
        """The highest of COSTS that one of its calls has; one that is repeated takes n passes where it takes one."""
        worst = 0
        for node in self.root.below():
            inside = node.body.below() if isinstance(node, Repeated) else ()
            calls = [(each, False) for each in (node,)] + [(each, True) for each in inside]
            for each, repeated in calls:
                worst = max(worst, _cost(each, repeated))
        return COSTS[worst]

    def verdict(self, runs: Runs) -> Job[Verdict]:
        """Evaluates a claim. Raises ExpressionError where it is none, or asks for what a run has not."""
        at = Evaluation(self.text, runs)
        holds = checked_truth(self.root, (yield from self.root.value(at, {})), at)
        return Verdict(holds, tuple(at.compared[span] for span in sorted(at.compared)))

    def numbers(self, runs: Runs) -> Job[Array]:
        """Evaluates to an array, or to one number (), which may not be changed. Raises ExpressionError."""
        at = Evaluation(self.text, runs)
        return np.asarray(checked_number(self.root, (yield from self.root.value(at, {})), at), dtype=float)

    def number(self, runs: Runs, names: dict[str, float] | None = None) -> Job[float]:
        """Evaluates to one number, with the values of its variables. Raises ExpressionError."""
        at = Evaluation(self.text, runs)
        given: Any = names or {}
        return float(checked_scalar(self.root, (yield from self.root.value(at, given)), at))


def _cost(node: Node, repeated: bool) -> int:
    if isinstance(node, Spread | Changed):
        return COSTS.index(functions.PASSES)
    if not isinstance(node, Call):
        return 0
    found = COSTS.index(node.function.cost)
    return max(found, COSTS.index(functions.PASSES)) if repeated and found else found


@lru_cache(1024)
def parse(text: str, variables: tuple[str, ...] = ()) -> Expression:
    """Reads an expression, in which `variables` have a value from outside. Raises ExpressionError."""
    return Expression(text, _Parser(text).parsed(frozenset(variables)))


class _Parser:
    """One text being read. Every node counts, so that there is an end."""

    def __init__(self, text: str) -> None:
        self.text, self.count = text, 0
        self.start = len(text) - len(text.lstrip())

    def fault(self, sentence: str, span: Span) -> ExpressionError:
        return ExpressionError(sentence, self.text, span)

    def parsed(self, variables: frozenset[str]) -> Node:
        if len(self.text) > LONGEST:
            raise self.fault(
                Sentence(
                    "an expression has at most {most:,} characters, and this has {count:,}.",
                    most=LONGEST,
                    count=len(self.text),
                ),
                (0, 0),
            )
        if not self.text.strip():
            raise self.fault("there is no expression; write one, like norm('L1.ds', 1) < 1.", (0, 0))
        for k, character in enumerate(self.text):
            if not (" " <= character <= "~" or character == "\n") or character in "\\#;":
                sentence = Sentence(
                    "“{character}” means nothing here."
                    if character.isprintable()
                    else "this character means nothing here.",
                    character=character,
                )
                raise self.fault(sentence, (k, k + 1))
        return self._node(self._tree(), variables, 1)

    def _tree(self) -> ast.expr:
        line = self.text.replace("\n", " ").strip()  # one character for one, so that places stay
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of numbers that run into a word
                return ast.parse(line, mode="eval").body
        except SyntaxError as error:
            at = min(self.start + max((error.offset or 1) - 1, 0), len(self.text))
            sentence = "this is no expression; look for a bracket or a sign that is missing."
            raise self.fault(sentence, (at, at + 12)) from None
        except (ValueError, RecursionError, MemoryError, OverflowError):
            sentence = "this cannot be read: it is nested too deeply, or a number is too long."
            raise self.fault(sentence, (0, 0)) from None

    def _span(self, node: ast.expr) -> Span:
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
        return self.start + node.col_offset, self.start + end

    def _node(self, node: ast.expr, known: frozenset[str], depth: int) -> Node:
        span = self._span(node)
        self.count += 1
        if depth > DEEPEST:
            raise self.fault(Sentence("this is nested more than {deepest} deep.", deepest=DEEPEST), span)
        if self.count > MOST_NODES:
            raise self.fault(Sentence("an expression has at most {most_nodes} parts.", most_nodes=MOST_NODES), span)
        read = self._READERS.get(type(node))
        if read is None:
            known_parts = "numbers, names, + - * / ** @, comparisons, and, or, not, and functions"
            raise self.fault(
                Sentence("this is not in the language; there are {known_parts}.", known_parts=known_parts), span
            )
        return read(self, node, span, known, depth + 1)

    def _constant(self, node: ast.Constant, span: Span, known: frozenset[str], depth: int) -> Node:
        if isinstance(node.value, str):
            raise self.fault(
                Sentence(
                    "an address stands inside a function; write value({value!r}) for its numbers.", value=node.value
                ),
                span,
            )
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise self.fault("this is no number of the language.", span)
        try:
            number = float(node.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.fault("this number is too large.", span)
        return Constant(span, number)

    def _name(self, node: ast.Name, span: Span, known: frozenset[str], depth: int) -> Node:
        if node.id in known or node.id in SIZES or node.id in NUMERIC:
            return Name(span, node.id)
        if node.id in functions.names():
            raise self.fault(Sentence("{name} is a function; write {name}(…).", name=node.id), span)
        raise self.fault(
            Sentence(
                "there is no name {name}; there are T, H, B, the experiment's numbers (w_gain …) and the variables of "
                "loops.",
                name=quoted(node.id),
            ),
            span,
        )

    def _unary(self, node: ast.UnaryOp, span: Span, known: frozenset[str], depth: int) -> Node:
        operand = self._node(node.operand, known, depth)
        if isinstance(node.op, ast.USub):
            return Negative(span, operand)
        if isinstance(node.op, ast.Not):
            return Negation(span, operand)
        if isinstance(node.op, ast.UAdd):
            return operand
        raise self.fault("~ is not in the language.", span)

    def _binary(self, node: ast.BinOp, span: Span, known: frozenset[str], depth: int) -> Node:
        left, right = self._node(node.left, known, depth), self._node(node.right, known, depth)
        if isinstance(node.op, ast.MatMult):
            return Product(span, left, right)
        sign = _ARITHMETIC.get(type(node.op))
        if sign is None:
            raise self.fault("this sign is not in the language; there are + - * / ** and @.", span)
        return Arithmetic(span, sign, left, right)

    def _compare(self, node: ast.Compare, span: Span, known: frozenset[str], depth: int) -> Node:
        if any(type(sign) not in _SIGNS for sign in node.ops):
            raise self.fault("this comparison is not in the language; there are < <= > >= == and !=.", span)
        sides = [self._node(each, known, depth) for each in (node.left, *node.comparators)]
        texts = tuple(self.text[a.span[0] : b.span[1]] for a, b in pairwise(sides))
        signs = tuple(_SIGNS[type(sign)] for sign in node.ops)
        return Comparison(span, sides[0], signs, tuple(sides[1:]), texts)

    def _both(self, node: ast.BoolOp, span: Span, known: frozenset[str], depth: int) -> Node:
        operands = tuple(self._node(each, known, depth) for each in node.values)
        return Both(span, isinstance(node.op, ast.And), operands)

    def _call(self, node: ast.Call, span: Span, known: frozenset[str], depth: int) -> Node:
        if not isinstance(node.func, ast.Name):
            raise self.fault("only a function of the list can be called.", span)
        name = node.func.id
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise self.fault(
                Sentence("the arguments of {name} stand one after the other, without names.", name=quoted(name)), span
            )
        if name in _LOOPS:
            return self._loop(node, span, known, depth)
        if name == SPREAD:
            if len(node.args) != 2:
                raise self.fault(
                    Sentence("{name} takes an expression and how many seeds: {name}(e, 50).", name=name), span
                )
            body, seeds = (self._node(each, known, depth) for each in node.args)
            return Spread(span, body, seeds)
        if name == CHANGED:
            return self._changed(node, span, known, depth)
        if name not in _BY_NAME:
            known_names = ", ".join(functions.names())
            raise self.fault(
                Sentence(
                    "there is no function {name}; there are {known_names}.", name=quoted(name), known_names=known_names
                ),
                span,
            )
        return self._plain_call(_BY_NAME[name], node, span, known, depth)

    def _plain_call(self, function: Function, node: ast.Call, span: Span, known: frozenset[str], depth: int) -> Node:
        least, most = len(function.needs), len(function.kinds)
        if not least <= len(node.args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            if not function.kinds:
                form = "{name} takes {wanted} arguments, not {count}."
            elif wanted == "1":
                form = "{name} takes 1 argument ({kinds}), not {count}."
            else:
                form = "{name} takes {wanted} arguments ({kinds}), not {count}."
            kinds = clauses(map(Sentence, function.kinds))
            sentence = Sentence(form, name=function.name, wanted=wanted, kinds=kinds, count=len(node.args))
            raise self.fault(sentence, span)
        arguments = (self._argument(kind, each, known, depth)
                     for kind, each in zip(function.kinds, node.args, strict=False))  # fmt: skip
        return Call(span, function, tuple(arguments))

    def _argument(self, kind: str, node: ast.expr, known: frozenset[str], depth: int) -> Node:
        span = self._span(node)
        quoted_text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
        if kind in TEXTS:
            if quoted_text is None:
                raise self.fault(Sentence("here stands {kind}, in quotes.", kind=Sentence(kind)), span)
            self._check_text(kind, quoted_text, span)
            return Text(span, quoted_text)
        if quoted_text is not None and kind in functions.ADDRESSES:
            self._check_text(PARAMETER, quoted_text, span)
            return Text(span, quoted_text)
        if quoted_text is not None:
            raise self.fault(Sentence("here stands {kind}, without quotes.", kind=Sentence(kind)), span)
        return self._node(node, known, depth)

    def _check_text(self, kind: str, text: str, span: Span) -> None:
        try:
            if kind == PARAMETER:
                address_of(text)
        except Misuse as error:
            raise self.fault(error.sentence, span) from None
        if kind == PIN and not re.fullmatch(r"[A-Z]?", text):
            raise self.fault("a pinned run is one capital letter, like 'A'.", span)
        if kind == KIND and text not in ("along", "gates", "state"):
            raise self.fault(Sentence("here stands {kind}.", kind=Sentence(KIND)), span)

    def _loop(self, node: ast.Call, span: Span, known: frozenset[str], depth: int) -> Node:
        loop = _LOOPS[node.func.id]  # type: ignore[attr-defined]
        if len(node.args) != 4 or not isinstance(node.args[0], ast.Name):
            form = f"{loop.name}(t, 1, T, …)"
            raise self.fault(
                Sentence("{name} takes a variable, from, to, and an expression: {form}.", name=loop.name, form=form),
                span,
            )
        variable = node.args[0].id
        if not _NAME.fullmatch(variable) or variable in NUMERIC or variable in functions.names():
            place = self._span(node.args[0])
            raise self.fault(
                Sentence("{variable} cannot be a variable; take a letter, like t.", variable=quoted(variable)), place
            )
        first, last = (self._node(each, known, depth) for each in node.args[1:3])
        body = self._node(node.args[3], known | {variable}, depth)
        return Repeated(span, loop, variable, first, last, body)

    def _changed(self, node: ast.Call, span: Span, known: frozenset[str], depth: int) -> Node:
        field = node.args[0].id if node.args and isinstance(node.args[0], ast.Name) else ""
        if len(node.args) != 3 or field not in NUMERIC:
            form = f"{CHANGED}(w_gain, 2, …)"
            raise self.fault(
                Sentence(
                    "{name} takes a number of the experiment by its name, what it is to be, and an expression: {form}.",
                    name=CHANGED,
                    form=form,
                ),
                span,
            )
        setting, body = (self._node(each, known, depth) for each in node.args[1:])
        return Changed(span, field, setting, body)

    _READERS: ClassVar[dict[type, Callable[..., Node]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.Compare: _compare,
        ast.BoolOp: _both,
        ast.Call: _call,
    }
