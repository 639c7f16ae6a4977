"""How a file was read, in clauses, and which of them nothing in it shows."""

from __future__ import annotations

from collections.abc import Mapping

from core.own.layout import INPUT_FIRST, ROWS, STATE_FIRST, Layout
from core.own.places import Place
from core.own.presets import Preset
from core.own.roles import Named, plain
from core.own.shapes import SEQUENCES, letters_text
from core.own.trials import Trial
from core.sentence import Sentence, listed

SHOWN = ("x", "s_0", "c_0", "U", "W", "UW", "b", "b2", "b_q", "V", "by", "y", "mask", *SEQUENCES)


def said(
    names: Named,
    preset: Preset,
    stated: Layout,
    trials: list[Trial],
    places: Mapping[str, Place],
    above: str | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the arrays were read, and of that what is assumed."""
    first = trials[0]
    layout, kinds = first.layout, {role.kind for role in first.roles.values()}
    others = [each.layout for each in trials[1:] if each.alike != first.alike]
    stands = stated.preset is not None

    def is_open(field: str) -> bool:
        """Whether other layouts fit as well, and nobody has said which it is."""
        value = getattr(layout, field)
        fits_otherwise = any(getattr(other, field) != value for other in others)
        return fits_otherwise and getattr(stated, field) is None and not stands

    order = sorted(places.items(), key=lambda pair: (pair[1].role.gradient, SHOWN.index(pair[1].role.kind)))
    shapes = [
        Sentence(
            "{name} {shape} symbols" if place.classes else "{name} {shape}",
            name=name,
            shape=letters_text(place.pattern, len(place.gates)),
        )
        for name, place in order
        if not place.role.gradient or name == above
    ]
    facts: list[tuple[str, bool]] = []
    if kinds & {"U", "W", "UW"}:
        product = "x·W" if layout.weights == ROWS else "W·x"
        facts.append(
            (
                Sentence("{layout} ({product})", layout=Sentence(str(layout.weights)), product=product),
                is_open("weights"),
            )
        )
    if kinds & set(SEQUENCES) and first.fit.sizes.get("B") != 1:
        facts.append((Sentence(str(layout.order)), is_open("order")))
    if layout.joined is not None:
        texts = {STATE_FIRST: "[h, x]: the state's part first", INPUT_FIRST: "[x, h]: the input's part first"}
        facts.append((Sentence(texts[layout.joined]), is_open("joined")))
    if layout.input_letter is not None:
        facts.append((Sentence("{letter} reads x", letter=layout.input_letter.upper()), is_open("input_letter")))
    if len(first.stacked) > 1 and not names.blocks and kinds & {"U", "W", "UW", "b"}:
        letters = preset.letters.get(first.blocks, {})
        shown = " ".join(stated.gates or [letters.get(gate, gate) for gate in first.stacked])
        facts.append((Sentence("gates {gates}", gates=shown), stated.gates is None and not stands and not preset.sure))
    if "b2" in kinds or any("2" in place.pattern for place in places.values()):
        facts.append((Sentence("two biases, added"), False))
    if above is not None and places[above].role.kind == "s" and plain(above).endswith("h"):
        text = Sentence("{name} is the gradient of the hidden state", name=above)
        facts.append((text, not stands and stated.above is None))
    clauses = tuple(text for text, is_assumed in facts if not is_assumed)
    assumed = tuple(text for text, is_assumed in facts if is_assumed)
    return (listed(shapes), *clauses), assumed
