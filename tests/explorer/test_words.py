"""Texts of what is no QObject reach a language's catalogue under their own context."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from explorer.words import translator


class Catalogue(QTranslator):
    """Writes the context beside every text, as a catalogue would find it."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"{context}: {text}"


@pytest.fixture
def catalogue(qapp):
    made = Catalogue()
    QCoreApplication.installTranslator(made)
    yield made
    QCoreApplication.removeTranslator(made)


def test_a_text_is_itself_without_a_catalogue(qapp):
    assert translator("files")("Open") == "Open"


def test_a_text_is_looked_up_under_its_context_and_anew_at_every_call(catalogue):
    tr = translator("files")
    assert tr("Open") == "files: Open"
    QCoreApplication.removeTranslator(catalogue)
    assert tr("Open") == "Open"
