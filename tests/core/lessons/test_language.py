"""The language of claims: what every function gives, against NumPy alone; and that nothing but a sentence comes of a
text that is wrong, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job, finished
from core.lessons.language import functions
from core.lessons.language.evaluation import MOST_STEPS
from core.lessons.language.faults import ExpressionError
from core.lessons.language.parse import LONGEST, parse
from core.lessons.language.runs import Runs
from core.recorder import record
from core.tasks import dataset
from core.trace import Trace
from core.training.measures import forward_pass
from core.training.plan import Plan

SMALL = Experiment(steps=7, hidden=4, clip_norm=0.05, truncate=3)
PINNED = SMALL.with_changes(cell="lstm", structure="n-n", hidden=3)
TASK = Experiment(task="recall", steps=3, hidden=2)


def again(seed: int) -> Job[Runs]:
    yield 0.5
    return Runs(record(SMALL.with_changes(data_seed=seed, weight_seed=seed)))


RUNS = Runs(
    record(SMALL),
    {
        "A": record(PINNED),
        "B": record(SMALL.with_changes(cell="identity")),
        "C": record(TASK),
        "D": record(SMALL.with_changes(task="sine")),
    },
    {"": Plan(length=2, rate=0.1), "C": Plan(length=3, rate=0.1, sequences=4), "D": Plan(length=1)},
    again,
)
S, A = RUNS.shown, RUNS.trace("A")


def number(text: str, runs: Runs = RUNS) -> float:
    return finished(parse(text).number(runs))


def holds(text: str, runs: Runs = RUNS) -> bool:
    return finished(parse(text).verdict(runs)).holds


def sentence(text: str, runs: Runs = RUNS) -> str:
    with pytest.raises(ExpressionError) as caught:
        finished(parse(text).verdict(runs))
    return str(caught.value)


def _loss_moved(trace: Trace, name: str, index: tuple[int, ...], step: float) -> float:
    """L with one number moved, by a run of its own."""
    moved = {key: np.array(array) for key, array in trace.parameters.items()}
    moved[name][index] += step
    return record(trace.experiment, moved).loss


def _along(trace: Trace) -> float:
    """⟨∂L/∂c₅ ⊙ f₅, ∂L/∂c₄⟩ / ⟨∂L/∂c₄, ∂L/∂c₄⟩."""
    way = trace.exact["L1", "c"][4, 0] * trace.values["L1", "f"][4, 0]
    g = trace.exact["L1", "c"][3, 0]
    return float(way @ g / (g @ g))


def _reach(trace: Trace) -> float:
    product = np.eye(4)
    for t in (5, 4, 3):  # ∂s_6/∂s_3, from 0
        product = trace.parameters["L1.W"] @ np.diag(1 - trace.values["L1", "s"][t, 0] ** 2) @ product
    return float(np.linalg.norm(product, 2))


s, ds, h = S.values["L1", "s"], S.exact["L1", "s"], S.values["L1", "h"]
W, dW = S.parameters["L1.W"], S.exact_parameters["L1.W"]
ADDENDS = [s[t - 1].T @ S.exact["L1", "h"][t] if t else np.zeros((4, 4)) for t in range(7)]
UNCLIPPED = np.concatenate([S.unclipped_parameters[name].ravel() for name in S.parameters])

# What an expression gives, and the same by hand.
BY_HAND: list[tuple[str, Callable[[], Any]]] = [
    ("norm('L1.ds')", lambda: np.linalg.norm(ds)),
    ("norm('L1.ds', 3)", lambda: np.linalg.norm(ds[2])),
    ("max('L1.s')", lambda: s.max()),
    ("min('L1.s')", lambda: s.min()),
    ("mean('A:L1.f')", lambda: A.values["L1", "f"].mean()),
    ("prod('A:L1.f') @ value('A:L1.b_f')", lambda: A.values["L1", "f"].prod(axis=0)[0] @ A.parameters["L1.b"][3:6]),
    ("ratio('L1.ds')", lambda: np.linalg.norm(ds[0]) / np.linalg.norm(ds[-1])),
    ("at('L1.s', 2, 3)", lambda: s[1, 0, 2]),
    ("at('L1.s', 2) @ at('L1.ds', 2)", lambda: s[1, 0] @ ds[1, 0]),
    ("param('L1.W', 2, 3)", lambda: W[1, 2]),
    ("param('L1.b', 4)", lambda: S.parameters["L1.b"][3]),
    ("max(value('L1.dW'))", lambda: dW.max()),
    ("norm(transpose('L1.W') - value('L1.W'))", lambda: np.linalg.norm(W.T - W)),
    ("diff('L1.s', 'B:L1.s')", lambda: np.abs(s - RUNS.trace("B").values["L1", "s"]).max()),
    ("diff('L1.s', 'B:L1.s', 4)", lambda: np.abs(s - RUNS.trace("B").values["L1", "s"])[3].max()),
    ("diff(at('L1.s', 1), 0)", lambda: np.abs(s[0]).max()),
    ("cosine('L1.W', 'L1.dW')", lambda: (W * dW).sum() / np.linalg.norm(W) / np.linalg.norm(dW)),
    ("cosine('dall', 'dall@used')", lambda: UNCLIPPED @ _all(S.exact_parameters) / _sizes()),
    ("eig('L1.W')", lambda: np.abs(np.linalg.eigvals(W)).max()),
    ("sigma('L1.U')", lambda: np.linalg.norm(S.parameters["L1.U"], 2)),
    ("sigma_min('L1.U')", lambda: np.linalg.svd(S.parameters["L1.U"], compute_uv=False)[-1]),
    ("norm(addend('L1.W', 5))", lambda: np.linalg.norm(ADDENDS[4])),
    ("diff(sum(t, 1, T, addend('L1.b', t)), 'L1.db')", lambda: 0),
    ("max(addend('L1.b', 5))", lambda: S.exact["L1", "h"][4, 0].max()),
    ("share('L1.W', 1)", lambda: (ADDENDS[5] * dW).sum() / (dW * dW).sum()),
    ("share('L1.W', 1, 3)", lambda: (sum(ADDENDS[3:6]) * dW).sum() / (dW * dW).sum()),
    ("max(slope(3))", lambda: (1 - np.tanh(h[2, 0]) ** 2).max()),
    ("split('along', 4, 'A')", lambda: _along(A)),
    ("norm(only(4, 'A:out.dz'))", lambda: np.linalg.norm(A.exact["out", "z"][3])),
    ("reach(6, 3)", lambda: _reach(S)),
    ("loss()", lambda: 0.5 * ((S.values["out", "a"] - S.data.y)[-1] ** 2).sum()),
    ("loss('A')", lambda: A.loss),
    ("count()", lambda: 4 * 4 + 2 * 4 + 4 + 4 + 1),
    ("count('L1', 'A')", lambda: 4 * (2 * 3 + 3 * 3 + 3)),
    ("clip_factor()", lambda: 0.05 / np.linalg.norm(UNCLIPPED)),
    ("quotient('L1.W', 2, 3)", lambda: dW[1, 2]),
    ("quotient('A:L1.W_f', 2, 3, 0.01)", lambda: _quotient(A, "L1.W", (1, 5), 0.01)),
    ("after(0.01)", lambda: _loss_after(S, 0.01)),
    ("after(0.01, 'A')", lambda: _loss_after(A, 0.01)),
    ("abs(at('L1.s', 1, 1))", lambda: abs(s[0, 0, 0])),
    ("tanh(at('L1.h', 1, 1))", lambda: s[0, 0, 0]),
    ("sigm(at('A:L1.h_f', 1, 1))", lambda: A.values["L1", "f"][0, 0, 0]),
    ("log(2)", lambda: np.log(2)),
    ("log10(ratio('L1.ds'))", lambda: np.log10(np.linalg.norm(ds[0]) / np.linalg.norm(ds[-1]))),
    ("exp(-1)", lambda: np.exp(-1)),
    ("sqrt(2)", lambda: np.sqrt(2)),
    ("howmany(t, 1, T, norm('out.dz', t) > 0)", lambda: 1),
    ("sum(t, 1, T, norm('L1.s', t))", lambda: sum(np.linalg.norm(each) for each in s)),
    ("diff(sum(t, 1, T, addend('L1.W', t)), 'L1.dW')", lambda: np.abs(sum(ADDENDS) - dW).max()),
    ("times(t, 1, 3, at('A:L1.f', t, 1))", lambda: A.values["L1", "f"][:3, 0, 0].prod()),
    ("largest(t, 1, T, at('L1.s', t, 2))", lambda: s[:, 0, 1].max()),
    ("smallest(t, 1, T, at('L1.s', t, 2))", lambda: s[:, 0, 1].min()),
    ("norm('L1.dh@used', 4)", lambda: np.linalg.norm(S.used["L1", "h"][3])),
    ("norm('x', 1) + norm('y', 7) + norm('loss_t') + norm('all')", lambda: _whole(S)),
    ("norm('A:L1.ds_0') + norm('A:L1.s_0')", lambda: np.linalg.norm(A.start_gradients["L1", "s"])),
    ("w_gain + T + H + B + truncate", lambda: 0.8 + 7 + 4 + 1 + 3),
    ("2**3 - 7/2 + -1 * (3 - +2)", lambda: 3.5),
]


def _all(own: Any) -> Any:
    return np.concatenate([own[name].ravel() for name in S.parameters])


def _sizes() -> float:
    return float(np.linalg.norm(UNCLIPPED) * np.linalg.norm(_all(S.exact_parameters)))


def _whole(trace: Trace) -> float:
    pieces = (trace.data.x[0], trace.data.y[6], trace.loss_t, _all(trace.parameters))
    return sum(float(np.linalg.norm(each)) for each in pieces)


def _quotient(trace: Trace, name: str, index: tuple[int, ...], step: float) -> float:
    return (_loss_moved(trace, name, index, step) - _loss_moved(trace, name, index, -step)) / (2 * step)


def _loss_after(trace: Trace, rate: float) -> float:
    """L after one step of gradient descent, by a run of its own with θ − η·∂L/∂θ, truncated and clipped."""
    return record(trace.experiment, {name: array - rate * trace.used_parameters[name]
                                     for name, array in trace.parameters.items()}).loss  # fmt: skip


@pytest.mark.parametrize(("text", "by_hand"), BY_HAND, ids=[text for text, _ in BY_HAND])
def test_a_function_gives_what_numpy_gives(text: str, by_hand: Callable[[], Any]) -> None:
    assert number(text) == pytest.approx(float(by_hand()), rel=1e-6 if "quotient" in text else 1e-10, abs=1e-15)


def test_truths() -> None:
    assert holds("check() < 1e-7") and not holds("broken()") and holds("not broken('A')")
    assert holds("every(t, 2, T, norm('L1.ds', t-1) < norm('L1.ds', t)) or 1 > 2")
    assert holds("1 < 2 < 3") and not holds("1 < 2 < 2") and holds("1 != 2 and 2 == 2 and 2 >= 2 and 1 <= 2")
    assert holds("every(t, 5, 4, 1 > 2)")  # of none
    assert holds("value('L1.s') < 1") and not holds("value('L1.s') < 0.1")  # all entries
    assert not holds("log(-1) < 1") and not holds("log(-1) >= 1") and not holds("0/0 == 0/0")  # NaN
    assert holds("1/0 > 1e308") and holds("10**400 > 1e308")


def test_what_a_training_gives() -> None:
    first = forward_pass(S.network, S.parameters, dataset.batch(SMALL, 0, 1))
    assert number("history(1)") == pytest.approx(first.loss, rel=1e-12)
    assert holds("history(2) == history(2)") and not holds("history(3) == history(3)")  # there were two updates
    assert holds("history_norm(1) > 0 and test_loss() > 0 and r2('D') < 1")
    assert "all alike" in sentence("r2() < 1")
    assert holds("0 <= accuracy('C') <= 1")
    assert "accuracy" in sentence("r2('C') > 0") and "r2" in sentence("accuracy() > 0")
    assert "how the run is trained" in sentence("test_loss('A') > 0")
    assert "no attention" in sentence("param(attended(), 1, 1) > 0")


def test_a_spread_is_over_seeds() -> None:
    found = []
    for seed in range(5):
        trace = finished(again(seed)).shown
        sizes = np.linalg.norm(trace.exact["L1", "s"][:, 0], axis=1)
        found.append(sizes[0] / sizes[-1])
    order = np.sort(found)
    low, high = order[0] + 0.4 * (order[1] - order[0]), order[3] + 0.6 * (order[4] - order[3])
    assert number("spread(ratio('L1.ds'), 5)") == pytest.approx(np.log10(high / low), rel=1e-10)
    assert "seeds" in sentence("spread(1, 1) > 0")
    assert "nothing to run again" in sentence("spread(1, 5) > 0", Runs(S))


def test_a_number_of_the_experiment_is_changed_for_an_expression() -> None:
    for field, value in (("w_gain", 2.0), ("input_scale", 0.03), ("steps", 4), ("hidden", 3), ("clip_norm", 1e-3)):
        other = Runs(record(SMALL.with_changes(**{field: value})))
        for inside in ("ratio('L1.ds')", "loss()", "norm('L1.dW@used')", "T*H", "sum(t,1,T,norm('L1.s',t))", field):
            assert number(f"changed({field}, {value}, {inside})") == number(inside, other), (field, inside)
    assert number("changed(w_gain, 2, changed(steps, 3, T*w_gain))") == 6.0
    assert number("sum(v, 1, 3, changed(steps, 2*v, T))") == 12.0
    assert number("changed(steps, 2, norm('A:L1.s')) + T") == number("norm('A:L1.s') + T")  # a pinned run stays
    assert holds("changed(truncate, 2, every(t, 1, T, t < 9)) and truncate == 3")
    assert "steps: " in sentence("changed(steps, 2.5, T) > 0")
    assert "“10**9”: hidden: " in sentence("changed(hidden, 10**9, H) > 0")
    assert "“log(-1)”: w_gain: " in sentence("changed(w_gain, log(-1), 1) > 0")
    assert "steps are 1 to 2" in sentence("changed(steps, 2, norm('L1.s', 3)) > 0")
    for wrong in ("changed(cell, 1, 2) > 0", "changed(1, 2, 3) > 0", "changed(T, 2, 3) > 0", "changed(steps, 2) > 0"):
        assert "changed takes a number of the experiment by its name" in sentence(wrong)
    assert "passes" in sentence("sum(v, 1, 9999, changed(w_gain, v/100, 1)) > 0")
    assert not finished(parse("changed(w_gain, 2, every(t,1,T,t<9))").verdict(RUNS)).compared
    assert "nothing to run again" in sentence("changed(w_gain, 2, spread(1, 5)) > 0")


def test_every_function_is_tried() -> None:
    texts = [text for text, _ in BY_HAND]
    with open(__file__, encoding="utf-8") as file:
        texts.append(file.read())
    assert not [name for name in functions.names() if not any(f"{name}(" in text for text in texts)]


def test_a_comparison_says_how_far_it_is_from_failing() -> None:
    verdict = finished(
        parse("norm('L1.ds', 1) < 1 and every(t, 1, 3, t < 4) and howmany(t, 1, 3, t > 2) == 1").verdict(RUNS)
    )
    first, second, third = verdict.compared
    assert (first.text, first.sign, first.right) == ("norm('L1.ds', 1) < 1", "<", 1.0)
    assert first.left == pytest.approx(np.linalg.norm(ds[0])) and first.margin == pytest.approx(1 - first.left)
    assert (second.left, second.right, second.margin) == (3.0, 4.0, 0.25)  # the one nearest to failing
    assert (third.left, third.right, third.margin) == (1.0, 1.0, 0.0)  # what is counted need not hold
    (failed,) = finished(parse("2 < 1").verdict(RUNS)).compared
    assert failed.margin == -0.5 and not failed.holds
    (worst,) = finished(parse("value('L1.s') > -2").verdict(RUNS)).compared
    assert worst.left == s.min()
    (undefined,) = finished(parse("log(-1) < 1").verdict(RUNS)).compared
    assert undefined.margin == -np.inf


def test_what_it_costs_is_known_before() -> None:
    costs = {
        "norm('L1.s') < 1": "0", "only(1, 'L1.ds')": "1 pass", "sum(t,1,T,only(t,'L1.ds'))": "n passes",
        "check() < 1": "n passes", "spread(loss(), 9)": "n passes", "changed(steps,2,T)": "n passes",
        "accuracy() > 0 and loss() < 1": "training",
    }  # fmt: skip
    assert {text: parse(text).cost for text in costs} == costs


SENTENCES = {
    "norm('L1.q') < 1": "character 6, “'L1.q'”: there is no record L1.q; L1 has x, h, s, U, W, b.",
    "norm('L1.dq') < 1": "there is no gradient L1.dq",
    "norm('L9.s') < 1": "there is no L9.s; the parts are L1, out",
    "norm('Z:L1.s') < 1": "there is no pinned run Z; there are A, B, C, D.",
    "norm('L1.s@used') < 1": "is no gradient",
    "norm('L1 s') < 1": "is no address",
    "'L1.s' < 1": "write value('L1.s')",
    "at('L1.s', 8) > 0": "character 12, “8”: there is no step 8; the steps are 1 to 7.",
    "at('L1.s', 1.5) > 0": "a whole number is wanted here",
    "at('L1.s', 1, 5) > 0": "there is no number 5; they are 1 to 4.",
    "param('L1.W', 5, 1) > 0": "there is no number 5",
    "param('L1.s', 1) > 0": "this is no parameter",
    "ratio('L1.W') < 1": "this has no steps",
    "prod('L1.W') < 1": "this has no steps",
    "eig('L1.U') < 1": "only a square matrix",
    "sigma(at('L1.s', 1)) < 1": "only a matrix",
    "norm(transpose('L1.b')) < 1": "only a matrix",
    "diff('L1.s', 'L1.W') < 1": "no difference",
    "cosine('L1.s', 'L1.W') < 1": "no angle",
    "norm(addend('L1.Q', 1)) < 1": "there is no parameter L1.Q",
    "norm(addend('L1.W', 8)) < 1": "there is no step 8",
    "share('L1.W', 7) < 1": "there is no lag 7",
    "share('L1.W', 3, 2) < 1": "there are no lags 3 to 2",
    "norm(only(1, 'L1.ds')) < 1": "no loss looks at step 1",
    "norm(only(7, 'L1.W')) < 1": "is no gradient of a record",
    "max(slope(1, 'A')) < 1": "activations beside its gates",
    "reach(3, 6) < 1": "there is no way",
    "split('up', 1) < 1": "here stands 'along', 'gates' or 'state'",
    "split('along', 9, 'A') < 1": "there is no step 9",
    "count('L7') < 1": "no part L7 has parameters; L1, out have some.",
    "quotient('L1.W', 1, 9) < 1": "there is no column 9",
    "quotient('L1.W', 1, 1, 0) < 1": "needs a small step",
    "norm(W) < 1": "there is no name W",
    "norm < 1": "norm is a function; write norm(…).",
    "norm() < 1": "norm takes 1 to 2 arguments",
    "loss('L1.s') < 1": "one capital letter",
    "at(at('L1.s', 1), 1) < 1": "this has no steps",
    "every(T, 1, 2, 1 < 2)": "T cannot be a variable",
    "every(t, 1, 2, t)": "a comparison is wanted here",
    "sum(t, 1, 2, t < 1) < 1": "a number is wanted here",
    "largest(t, 2, 1, t) < 1": "there is no value: t goes from 2 to 1.",
    "largest(t, 1, 2, at('L1.s', t)) < 1": "one number is wanted here",
    "every(t, 1, 1e6, t > 0)": "more than 10,000",
    "every(a,1,9999,every(b,1,9999,every(c,1,9999,a>0)))": "this takes too long",
    "every(t, 1, 9999, quotient('L1.W', 1, 1) > -9)": "passes; let the loops be shorter",
    "loss()": "a comparison is wanted here",
    "not loss()": "a comparison is wanted here",
    "(1 < 2) + 1 > 0": "a number is wanted here",
    "value('L1.s') + value('L1.W') > 0": "do not go together",
    "value('L1.U') @ value('L1.U') > 0": "is no product",
    "clip_value > 1": "clip_value is off in this run.",
    "().__class__.__bases__": "this is not in the language",
    "norm.__globals__": "this is not in the language",
    "__import__('os')": "there is no function __import__",
    "[x for x in 1]": "this is not in the language",
    "lambda: 1": "this is not in the language",
    "after(0) < 1": "the rate of an update is larger than 0",
    "after(value('L1.W')) < 1": "one number",
    "quotient('L1.W', 1, 1, value('L1.W')) < 1": "one number",
    "norm(q='L1.s')": "without names",
    "1 if 1 else 2": "this is not in the language",
    "1 in 2": "this comparison is not in the language",
    "1 // 2 > 0": "this sign is not in the language",
    "f'{1}'": "this is not in the language",
    "1j > 0": "no number of the language",
    "True": "no number of the language",
    "1e999 > 1": "too large",
    "9" * 900 + " > 1": "too large",
    "norm('L1.s'": "look for a bracket",
    "norm('L1.ſ') < 1": "“ſ” means nothing here",
    "1 ≤ 2": "“≤” means nothing here",
    "a := 1": "look for a bracket",
    "1; 2": "“;” means nothing here",
    "": "there is no expression",
    "1 < 2 and " * 200 + "1 < 2": "at most 1,000 characters",
    "-" * 900 + "1 > 0": "nested",
    "(" * 300 + "1" + ")" * 300: "e",  # as this Python says it
}  # fmt: skip


@pytest.mark.parametrize("text", SENTENCES, ids=lambda text: text[:40])
def test_what_is_wrong_is_one_sentence_with_its_place(text: str) -> None:
    found = sentence(text)
    assert SENTENCES[text] in found and found.startswith("character ") and "\n" not in found


def test_large_products_count_for_more() -> None:
    wide = Runs(record(Experiment(steps=200, hidden=64)))
    assert "this takes too long" in sentence("every(t,1,9999,norm(value('L1.W')@value('L1.W')) > 0)", wide)


WORDS = [*functions.names(), "'L1.s'", "'L1.dW@used'", "'A:L1.c'", "'L1.q'", "T", "t", "w_gain", "1", "0", "7", "1e400"]
WORDS += ["(", ")", ",", "+", "-", "*", "/", "**", "@", "<", "<=", "==", " and ", " or ", " not ", ".", "[", "lambda "]


@settings(max_examples=150)
@given(st.one_of(st.lists(st.sampled_from(WORDS), max_size=12).map("".join), st.text(max_size=40)))
@example("\x00")
@example("\ud800")
@example("'\\N{")
@example("0_0if 1else 2")
def test_nothing_but_a_sentence_comes_of_any_text(text: str) -> None:
    try:
        expression = parse(text)
    except InputError:
        return
    evaluated(expression.verdict(RUNS))


ATOMS = st.sampled_from(
    [
        "1",
        "0",
        "-2.5",
        "T",
        "loss()",
        "norm('L1.s')",
        "at('L1.s',1)",
        "value('L1.W')",
        "ratio('A:L1.dc')",
        "1e308",
        "w_gain",
    ]
)
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "@", "<", ">=", "==", " and "]), inner).map(
            lambda three: f"({three[0]}{three[1]}{three[2]})"
        ),
        st.tuples(st.sampled_from(["abs", "norm", "max", "eig", "log", "transpose", "sigma_min"]), inner).map(
            lambda two: f"{two[0]}({two[1]})"
        ),
        st.tuples(st.sampled_from(["every", "sum", "largest", "times"]), inner, inner).map(
            lambda three: f"{three[0]}(t,1,{three[1]},{three[2]})"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(TREES)
def test_nothing_but_a_sentence_comes_of_an_expression(text: str) -> None:
    if len(text) <= LONGEST:
        try:
            expression = parse(text)
        except InputError:
            return
        evaluated(expression.verdict(RUNS))


def evaluated(job: Job[Any]) -> None:
    """Runs a job within its bounds: it yields at most once a step."""
    with suppress(InputError):
        assert sum(1 for _ in islice(job, MOST_STEPS + 1)) <= MOST_STEPS


def test_a_claim_can_be_cancelled() -> None:
    job = parse("every(t, 1, 9999, loss() > -1)").verdict(RUNS)
    assert [0.0 <= next(job) <= 1.0 for _ in range(5)] == [True] * 5
    job.close()


def test_the_rival_says_the_present_value_again() -> None:
    """R² of x_t for y_t over what a trained run is measured on, from the definition; and what has none."""
    experiment = Experiment().with_changes(task="sine", structure="n-n", loss_at="every", steps=12, noise=0.2)
    runs = Runs(record(experiment))
    x, y = (np.concatenate([getattr(data, name) for data in dataset.held_out_in_parts(experiment, 1000, 1000)], axis=1)
            for name in ("x", "y"))  # fmt: skip
    right = 1.0 - np.square(x - y).sum() / np.square(y - y.mean()).sum()
    assert number("rival()", runs) == pytest.approx(right, abs=0.01)  # drawn in parts there
    with pytest.raises(InputError, match="rival"):
        number("rival()", Runs(record(Experiment().with_changes(task="recall"))))
