"""The glossary knows every row and record of every cell and part, and says each thing once."""

from __future__ import annotations

from collections import Counter

import pytest

from core.cells import CELLS
from core.chain.rows import rows
from core.errors import InputError
from core.experiment import Experiment, natural
from core.glossary import entry_of, glossary, read_glossary
from core.recorder import record


def test_every_record_and_row_of_every_cell_is_explained():
    titles = {each.title for kind in CELLS for cell in (kind(),) for each in (*cell.records, *cell.rows)}
    assert len(titles) > 20
    assert [title for title in sorted(titles) if entry_of(title) is None] == []


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(bidirectional="concat", layers=2), natural("reverse", structure="attention"),
        natural("reverse", structure="encoder-decoder"),
    ],
    ids=["bidirectional", "attention", "encoder-decoder"],
)  # fmt: skip
def test_every_row_of_a_structure_is_explained(experiment):
    assert [row.title for row in rows(record(experiment)) if entry_of(row.title) is None] == []


def test_every_name_means_one_thing_and_every_sentence_is_one():
    entries = [entry for section in glossary().section for entry in section.entry]
    names = Counter(name.lower() for entry in entries for name in (entry.name, *entry.also))
    assert [name for name, count in names.items() if count > 1] == []
    assert len(entries) > 100
    for entry in entries:
        assert entry.says.endswith(".") and "\n" not in entry.says, entry.name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Gradients", "gradient"), ("pre-activation of the forget gate", "pre-activation"), ("LSTM", "LSTM"),
        ("eigenvalue", "spectral radius"), ("nothing of the kind", None),
    ],
)  # fmt: skip
def test_a_term_is_found_by_any_of_its_names(name, found):
    entry = entry_of(name)
    assert (None if entry is None else entry.name) == found


@pytest.mark.parametrize(
    "text", ["section = 3", "[[section]]\ntitle = 'a'\nentry = [{ name = 'a', says = 'b' }]", "§ ="]
)
def test_a_broken_catalogue_is_one_sentence(tmp_path, text):
    path = tmp_path / "xx.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"^xx.toml: this is no glossary"):
        read_glossary(path)
