"""Switching the notation changes every symbol in the window, at once, and back; and leaves none of another book."""

import re
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QWidget

from core.experiment import natural
from core.notation.books import NOTATIONS
from explorer import cli
from explorer.app import compose
from explorer.application import application
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.window.actions import ENTRIES

NAMES = [notation.name for notation in NOTATIONS]
FOREIGN = {  # what only other books write
    "row": r"⟨|Γ|W_a|\bnet[ₜ₀-₉ʸ]|δ|ŷ|logits|weight_|linear\.|∘",
    "net": r"⟨|Γ|W_a|ŷ|logits|weight_|linear\.|⊙|\bh[ₜ₀-₉]|∂L/∂[hz]\b|\ba[ₜ₀-₉]",
    "goodfellow": r"⟨|Γ|W_a|\bnet[ₜ₀-₉ʸ]|δ|logits|weight_|linear\.|∘|\b[a-z][ₜ₀-₉]|∂L/∂[z]\b|·[UVW]\b",
    "ng": r"\b[A-Za-z][ₜ₀-₉]|∂L/∂|⊙|∘|δ|\bnet[ₜ₀-₉ʸ]|logits|weight_|linear\.|(?<![A-Za-z_])[UVW](?![A-Za-z_])",
    "hu": r"⟨|Γ|W_a|\bnet[ₜ₀-₉ʸ]|δ|ŷ|logits|weight_|linear\.|∘|∂L/∂",
    "pytorch": r"⟨|Γ|W_a|\bnet[ₜ₀-₉ʸ]|δ|ŷ|∘|\bs[ₜ₀-₉]|\bu[ₜ₀-₉]|(?<![A-Za-z_.])[UVW](?![A-Za-z_])",
}

MARKS = {"hu": ("h1₃", "dh2₃·Qᵀ")}  # of two layers, where they are not raised numbers


class Desk:
    """A window at the end of a run, with a node selected."""

    def __init__(self, folder, cell, theme="light", **changes):
        application()
        fields = {"steps": 5, "hidden": 3, "batch": 1, **changes}
        self.session = Session(natural("last-step", cell=cell, **fields), theme)
        self.player = Player(self.session)
        settings, last = Settings(folder / "settings.ini"), folder / "last.json"
        self.program = compose(self.session, self.player, settings, last)
        self.window = self.program.window
        self.window.resize(1366, 768)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.session.seek(self.session.timeline.complete)
        self.session.select(Selection("s" if self.session.trace.experiment.layers == 1 else "s1", 3))
        panel = self.panel("experiment")
        panel.choose(dict.fromkeys(panel.sections, True))
        self.quoted = self.panel("experiment").rows["fault"]  # what textbooks print, in their own words
        self.settle()

    def settle(self):
        self.player.frame()
        self.session.findings.jobs.pop("check", None)
        while self.session.busy:
            self.player.frame()
        QApplication.processEvents()

    def switch(self, name):
        self.session.set_view(notation=name)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # what was written anew is gone

    def panel(self, name) -> Any:
        return self.window.panels[name]

    def texts(self):
        """Every text of the window, by where it stands."""
        found = {}
        for k, widget in enumerate(self.window.findChildren(QWidget)):
            apart = any(part.isAncestorOf(widget) for part in (self.panel("topbar"), self.quoted))
            if apart or widget.window() is not self.window:
                continue
            found |= {(k, type(widget).__name__, n): text for n, text in enumerate(texts_of(widget)) if text}
        chain, inspector, norms = self.panel("chain"), self.panel("inspector"), self.panel("norms")
        for row in chain.view.scene.rows:
            found |= {("row", row.name, n): text for n, text in enumerate((row.text, row.tex, *row.lines))}
        # A running sum's last digit depends on how far it was added before.
        found["inspector"] = re.sub(r"\d\.\d{9,}", lambda number: f"{float(number[0]):.12g}", inspector.text())
        found["chips"] = inspector.chips.accessibleDescription()
        found["norms"] = " ".join(text for _, text in norms.tips(2))
        found["readout"] = " ".join(name for _, name, _ in norms.readout(3))
        return found

    def close(self):
        self.program.files.may_lose = lambda: True
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        QApplication.processEvents()


def texts_of(widget):
    yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip(), widget.windowTitle())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(k) for k in range(widget.count()))


@pytest.fixture
def desk(qapp, tmp_path):
    desks = []

    def make(*args, **changes):
        desks.append(Desk(tmp_path, *args, **changes))
        return desks[-1]

    yield make
    for each in desks:
        each.close()


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_through_every_notation_and_back_every_text_is_the_same_again(desk, cell):
    it = desk(cell)
    seen = {}
    for name in (*NAMES, NAMES[0]):
        it.switch(name)
        if name not in seen:
            seen[name] = it.texts()
            continue
        again = it.texts()
        assert again.keys() == seen[name].keys()
        for key, text in again.items():
            assert text == seen[name][key], key
    for name, other in pairwise(NAMES):
        changed = [key for key in seen[name] if seen[name][key] != seen[other].get(key)]
        assert "inspector" in changed, "at once, with no frame between"
        assert len(changed) >= 10
    for place in ("norms", "readout"):
        assert len({seen[name][place] for name in NAMES}) >= 3, "the books write s, h or a"
    for name, texts in seen.items():
        for place, text in texts.items():
            for line in re.sub(r"<[^>]*>|\(W\)|  W$", "", str(text)).splitlines():  # W is a key, too
                found = re.search(FOREIGN[name], line)
                assert found is None, (name, place, line, found)


def test_layers_are_told_apart_in_every_notation(desk):
    it = desk("tanh", layers=2)
    for name in NAMES:
        it.switch(name)
        names = [row.text for row in it.panel("chain").view.scene.rows]
        assert len(set(names)) == len(names)
        text = it.panel("inspector").text()
        assert all(each in text for each in MARKS.get(name, ("⁽¹⁾", "⁽²⁾"))), name


def test_the_switch_is_in_the_bar_in_the_menu_and_under_a_key(desk):
    it = desk("tanh")
    bar = it.panel("topbar")
    assert bar.notations.isVisible() and bar.notations.text() == NOTATIONS[0].short
    for action, notation in zip(bar.notations.menu().actions(), NOTATIONS, strict=True):
        action.trigger()
        assert it.session.notation is notation
        assert bar.notations.text() == notation.short and action.isChecked()
        assert bar.notations.accessibleDescription() == notation.title
    it.switch(NAMES[0])
    it.window.activateWindow()
    for notation in (*NOTATIONS[1:], NOTATIONS[0]):
        QTest.keyClick(it.window, Qt.Key.Key_B)
        assert it.session.notation is notation
    assert any(entry is not None and entry.keys == ("B",) for entry in ENTRIES)
    view = next(action.menu() for action in bar.menu.menu().actions() if action.text() == "View")
    books = next(action.menu() for action in view.actions() if action.text() == "Notation")
    books.aboutToShow.emit()
    assert [action.isChecked() for action in books.actions()] == [True, *[False] * (len(NOTATIONS) - 1)]
    books.actions()[3].trigger()
    assert it.session.notation.name == "ng"


def test_what_is_presented_follows_another_book(desk):
    it = desk("lstm", theme="projector")
    assert not it.panel("topbar").isVisible()
    it.switch("ng")
    assert [row.text for row in it.panel("chain").view.scene.rows][-2] == "a⟨t⟩"


def test_a_gate_frozen_in_the_book_s_meaning_is_frozen_in_ours(desk):
    it = desk("gru")
    it.switch("pytorch")
    row = it.panel("experiment").rows["frozen"]
    assert row.gates["u"].box.text().startswith("Freeze z") or "z" in row.gates["u"].toolTip()
    row.changed.emit({"frozen": ("u", 0.25)})
    it.settle()
    assert it.session.experiment.frozen_at("u") == 0.75
    assert row.gates["u"].value() == 0.25
    it.switch("row")
    assert row.gates["u"].value() == 0.75


def test_a_notation_that_there_is_not_is_one_sentence(capsys, tmp_path):
    assert cli.main(["render", "--notation", "9", "--out", str(tmp_path / "run.png")]) != 0
    said = capsys.readouterr()
    assert "notation: there is no “9”" in said.out + said.err
    assert not (tmp_path / "run.png").exists()


def test_the_notation_is_saved_with_the_session(desk, tmp_path):
    it = desk("tanh")
    it.switch("goodfellow")
    assert it.session.save(tmp_path / "run.json")
    it.switch("row")
    assert it.session.open(tmp_path / "run.json")
    assert it.session.notation.name == "goodfellow"
