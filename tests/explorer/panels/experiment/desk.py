"""A bound panel of the experiment with its session, and what a person does to its controls."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QLineEdit,
    QSlider,
)

from core.experiment import Experiment
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import theme_named

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


class Desk:
    """A bound panel with its session, and frames on demand."""

    def __init__(self, qtbot, experiment=None, theme="light", unfolded=True):
        self.session = Session(experiment or Experiment(), theme)
        self.player = Player(self.session)
        self.panel = ExperimentPanel()
        qtbot.addWidget(self.panel)
        self.panel.setStyleSheet(stylesheet(theme_named(theme)))
        self.panel.bind(self.session)
        self.panel.choose(dict.fromkeys(self.panel.sections, unfolded))
        self.panel.resize(250, 1400)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()
        self.frame()

    def frame(self):
        self.player.frame()
        self.session.update()  # to its end, where a busy machine takes longer than a frame

    def row(self, key):
        return self.panel.rows[key]

    @property
    def experiment(self):
        return self.session.experiment

    def shown(self):
        made = self.panel.rows.made
        return [key for key in self.panel.rows if key in made and made[key].isVisible()]

    def undo(self):
        self.session.undo()
        self.frame()


def drag(qtbot, slider, by=40):
    middle = slider.rect().center()
    qtbot.mousePress(slider, LEFT, pos=middle)
    qtbot.mouseMove(slider, middle + QPoint(by // 2, 0))
    qtbot.mouseMove(slider, middle + QPoint(by, 0))
    qtbot.mouseRelease(slider, LEFT, pos=middle + QPoint(by, 0))


def type_value(qtbot, row, text):
    slider = row.findChild(QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_F2)
    field = row.findChild(QLineEdit)
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def choose(qtbot, combo, key):
    """By keys, as a person would: from the first entry down."""
    combo.setFocus()
    qtbot.keyClick(combo, Key.Key_Home)
    for _ in range(combo.findData(key)):
        qtbot.keyClick(combo, Key.Key_Down)
