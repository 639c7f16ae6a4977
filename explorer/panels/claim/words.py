"""The claim in words: a sentence, then clauses about its cause, each complete in itself; and what a step does."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, log10, nan

from core.chain.rows import style_of
from core.claims import claim as claims
from core.claims.claim import Claim
from core.claims.kept import kept_by
from core.claims.step_back import only_way
from core.ensemble.measures import measure_named
from core.maths.arrays import SMALLEST
from core.narration import both_halves, mathematics
from core.notation.equations import slope_text
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, START
from explorer.session.session import Session
from explorer.style.numbers import MINUS, number, plain, superscript
from explorer.words import translator

tr = translator("ClaimPanel")

MANY_SATURATED = 0.3  # the share of small slopes from which it is said


def headline(claim: Claim) -> str:
    """What happened, in one sentence."""
    return _headlines()[_key(claim)].format(**_texts(claim))


def seeds_reason(session: Session) -> str:
    """Where this run lies among many seeds by the gradient of its last loss; "" where they have not been run, that is
    no number, or another loss is looked at."""
    found, measure, share = session.seeds.ensemble, measure_named("decades"), session.view.share_at
    own = measure.of(session.seeds.here) if found is not None else nan
    if found is None or isnan(own) or share not in (None, session.seeds.here.last):
        return ""
    lower, higher = session.seeds.ranked(measure)
    if own > 0.0:
        words = tr("The gradient shrinks more here than with {n} of {all} seeds.")
    else:
        words = tr("The gradient grows more here than with {n} of {all} seeds.")
    return words.format(n=lower if own > 0.0 else higher, all=len(found.outcomes))


def hidden_headline() -> str:
    """Instead of a claim, while an error is hidden: its numbers would give it away."""
    return tr("One step of this backward pass is wrong: which?")


def example_claim(text: str) -> str:
    """What an example is to show, among the reasons."""
    return tr("The example: {claim}").format(claim=text)


def wrong_headline(text: str) -> str:
    """A claim about a gradient that is wrong on purpose."""
    return tr("Wrong on purpose: {text}").format(text=text[0].lower() + text[1:])


def _key(claim: Claim) -> str:
    if claim.form in (claims.SMALLER, claims.LARGER, claims.ALIKE):
        alone = claim.share and claim.several
        total = claim.several and not claim.share
        return claim.form + (" of one" if alone else " in total" if total else "")
    if claim.form == claims.NOT_FINITE:
        return f"{claim.form} {claim.phase}"
    return claim.form


def _headlines() -> Mapping[str, str]:
    return {
        claims.SMALLER: tr("{steps} back, the gradient is {factor} times smaller."),
        claims.LARGER: tr("{steps} back, the gradient is {factor} times larger."),
        claims.ALIKE: tr("{steps} back, the gradient is still as large: × {kept}."),
        claims.SMALLER + " of one": tr("{steps} back, the gradient of the last loss is {factor} times smaller."),
        claims.LARGER + " of one": tr("{steps} back, the gradient of the last loss is {factor} times larger."),
        claims.ALIKE + " of one": tr("{steps} back, the gradient of the last loss is still as large: × {kept}."),
        claims.SMALLER + " in total": tr("{steps} back, the gradient of all losses is {factor} times smaller."),
        claims.LARGER + " in total": tr("{steps} back, the gradient of all losses is {factor} times larger."),
        claims.ALIKE + " in total": tr("{steps} back, the gradient of all losses is still as large: × {kept}."),
        claims.ZERO: tr("From t = {t} back, the gradient is exactly 0."),
        claims.UNDERFLOW: tr("From t = {t} back, the gradient is below {smallest} and counts as 0."),
        claims.NONE_AT_ALL: tr("There is no gradient to send back: it is 0 at t = {last} already."),
        claims.CUT: tr("The gradient that is used ends at t = {t}: windows of {window}."),
        claims.NOT_FINITE + " forward": tr("Not a number from t = {t} on, in the forward pass."),
        claims.NOT_FINITE + " backward": tr("Not a number from t = {t} back, in the backward pass."),
        claims.NO_LOSS: tr("No step has a loss here: there is no gradient to send back."),
        claims.NO_MEMORY: tr("No state is passed on: the gradient of a step stays in that step."),
        claims.ONE_STEP: tr("One step: there is nothing to go back through."),
        claims.FITTED: tr("Only the output’s weights are fitted: no gradient is used to go back in time."),
    }


def reasons(session: Session, claim: Claim) -> list[str]:
    """Why, in clauses, the most important first; as many of them as there is room for are shown."""
    found = []
    if claim.several and claim.share:
        found.append(tr("{losses} have a loss of their own; this is the last one alone.").format(**_texts(claim)))
    elif claim.several and claim.form in (claims.SMALLER, claims.LARGER, claims.ALIKE):
        found.append(tr("{losses} have a loss of their own.").format(**_texts(claim)))
    if claim.form == claims.CUT and "factor" in claim.numbers:
        found.append(tr("Not cut, it would be × {kept} at t = 1.").format(**_texts(claim)))
    if claim.form in (claims.SMALLER, claims.LARGER, claims.ALIKE):
        found += _kept(session, claim)
    if claim.cause:
        found += [text.format(**_texts(claim, session)) for text in _causes(claim)]
    if claim.numbers.get("saturated", 0.0) >= MANY_SATURATED and claim.cause in (claims.EVEN, claims.PRODUCT):
        found.append(tr("{saturated} % of the slopes are at most {flat}.").format(**_texts(claim)))
    if claim.numbers.get("dead"):
        found.append(tr("{dead} of {units} units have a slope of 0 at every step.").format(**_texts(claim)))
    if "clip" in claim.numbers:
        found.append(tr("Clipping multiplies all gradients of parameters by {clip}.").format(**_texts(claim)))
    return found


def _kept(session: Session, claim: Claim) -> list[str]:
    """The bias on which it depends how much is kept, said openly: the default is one that remembers."""
    kept = kept_by(session.trace)
    if kept is None:
        return []
    text = tr("{title} {value} by default, so that {m} is kept.") if kept.default else tr("{title} {value}.")
    value = f"{kept.value:g}".replace("-", MINUS)
    return [text.format(title=tr(kept.option.title), value=value, **_symbols(session, claim))]


def _causes(claim: Claim) -> tuple[str, ...]:
    texts = {
        claims.EVEN: (
            tr("{W} multiplies it by exactly {weights} at every step, the slope {phi} by {slope_span}."),
            tr("{weights} × {slope} {equals} {each} a step."),
        ),
        claims.PRODUCT: (
            tr("{W} multiplies it by {weights_span} a step, the slope {phi} by {slope_span}."),
            tr("{weights} × {slope} {equals} {each} a step."),
        ),
        claims.ONLY_WEIGHTS: (
            tr("{W} multiplies it by exactly {weights} at every step, and every slope is 1."),
            tr("{weights}{power} {result} {whole}."),
        ),
        claims.WAYS: _ways(claim),
        claims.CLOSED: (tr("At t = {next} the slope {phi} is 0 in every unit."),),
        claims.NO_WEIGHTS: (tr("{W} is 0: nothing comes back through it."),),
        claims.OVERFLOW: (tr("The numbers grew beyond what a float holds."),),
    }
    return texts[claim.cause]


def _ways(claim: Claim) -> tuple[str, ...]:
    numbers = claim.numbers
    if "along_low" not in numbers:
        return (tr("A step passes on {each}, through the weights."),)
    exactly = numbers["along_high"] - numbers["along_low"] <= claims.EXACT * numbers["along_high"]
    if numbers["gates"] == 0.0 and exactly:
        return (tr("Along {m} alone a step passes on exactly {along_low}."),)
    if numbers["gates"] == 0.0:
        return (tr("Along {m} alone a step passes on {along_span}."),)
    if exactly:
        return (
            tr("Along {m} alone a step passes on exactly {along_low}; with what comes through the gates it is {each} "
               "on average."),
        )  # fmt: skip
    return (
        tr("Along {m} alone a step passes on {along_span}; with what comes through the gates it is {each} on average."),
    )


def _texts(claim: Claim, session: Session | None = None) -> dict[str, str]:
    """Every number of a claim as it is written."""
    numbers = claim.numbers
    found = {
        name: plain(value, 2) if _is_factor(name) else number(value)
        for name, value in numbers.items()
        if isinstance(value, float)
    }
    found.update({name: str(value) for name, value in numbers.items() if isinstance(value, int)})
    for name in numbers:
        what, _, end = name.rpartition("_")
        if end == "low":
            found[f"{what}_span"] = _span(found[name], found[f"{what}_high"])
    found["smallest"] = f"10{superscript(round(log10(SMALLEST)))}"
    found["flat"] = f"{claims.FLAT:g}"
    if "steps" in numbers:
        found["steps"] = tr("1 step") if numbers["steps"] == 1 else tr("{n} steps").format(n=numbers["steps"])
    if "losses" in numbers:
        found["losses"] = tr("{n} steps").format(n=numbers["losses"])
    if "window" in numbers:
        found["window"] = tr("1 step") if numbers["window"] == 1 else tr("{n} steps").format(n=numbers["window"])
    if "t" in numbers:
        found["next"] = str(int(numbers["t"]) + 1)
    if "saturated" in numbers:
        found["saturated"] = f"{100 * numbers['saturated']:.0f}"
    if "factor" in numbers:
        kept = numbers["factor"] if claim.form == claims.LARGER else 1.0 / numbers["factor"]
        found["kept"] = number(kept)
        found["whole"] = number(kept)
    if "each" in numbers and "slope" in numbers:
        shown = float(found["weights"].replace("−", "-")) * float(found["slope"].replace("−", "-"))
        found["equals"] = "=" if plain(shown, 2) == found["each"] else "≈"
        found["power"] = superscript(int(numbers["steps"]))
        found["result"] = "=" if number(float(found["weights"]) ** numbers["steps"]) == found.get("whole") else "≈"
    if session is not None:
        found.update(_symbols(session, claim))
    return found


def _span(low: str, high: str) -> str:
    return f"{low} … {high}" if low != high else tr("about {value}").format(value=low)


def _is_factor(name: str) -> bool:
    return name.partition("_")[0] in ("weights", "slope", "along", "each")


def _symbols(session: Session, claim: Claim) -> dict[str, str]:
    """The symbols of the book: W, the memory, the slope."""
    trace = session.trace
    style = style_of(trace, trace.scan, False, None, session.notation)
    cell = trace.scan.cell
    found = {"m": style.letter(cell, cell.memory)}
    way = only_way(cell)
    if way is not None:
        h, s = style.letter(cell, way.h), style.letter(cell, cell.memory)
        found["W"] = style.parameter(way.parameter)
        found["phi"] = slope_text(way.activation.name, h, s, style).removeprefix("(").removesuffix(")")
    return found


# --- while a run plays ---
def step_headline(session: Session) -> str:
    """What the step that is under way does, in one sentence."""
    trace, time = session.trace, session.time
    first, last = trace.schedule.before_output, trace.steps
    if time.phase == START:
        return tr("Nothing is computed yet: Space plays the forward pass, the loss and the backward pass.")
    if time.phase == LOSS and not trace.network.loss.compares:
        return tr("The loss hands the given gradient in: L is the sum of each output times its own.")
    if time.phase == LOSS:
        return tr("The loss compares what came out with the target.")
    where = {"t": time.t, "last": last}
    if time.phase == FORWARD:
        if time.t == 1 or trace.scan.cell.memory not in trace.scan.cell.recurrent_states:
            return tr("Forward, step {t} of {last}: it reads its input.").format(**where)
        return tr("Forward, step {t} of {last}: it reads its input and what step {t_1} hands on.").format(
            t_1=time.t - 1, **where
        )
    lost = trace.supervised[time.t - 1] if time.t - 1 >= first else False
    if time.t == last:
        return tr("Backward, step {t} of {last}: the gradient comes from the loss.").format(**where)
    if lost:
        return tr("Backward, step {t} of {last}: the gradient comes from step {t_1} and its own loss.").format(
            t_1=time.t + 1, **where
        )
    return tr("Backward, step {t} of {last}: the gradient comes from step {t_1}.").format(t_1=time.t + 1, **where)


def step_reasons(session: Session) -> list[str]:
    """The same as equations: the step's own, of the backward pass both halves in their order."""
    trace, time, notation = session.trace, session.time, session.notation
    if time.phase == BACKWARD:
        halves = both_halves(trace, time, notation)
        return [tr("{first},  then  {second}").format(first=halves[0], second=halves[1])] if halves[1:] else [*halves]
    text = mathematics(trace, time, notation)
    return [text] if text else []
