"""The worksheet on paper: pages, nothing cut off or split, a PDF with its fonts, and the ways to it."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from core.cells import CELLS
from core.errors import InputError
from core.exercises.hand_sized import hand_sized
from core.exercises.worksheet.rows import Number
from core.exercises.worksheet.sheet import worksheet
from core.experiment import Experiment, natural
from core.jobs import finished
from core.network.structures import STRUCTURES
from core.notation.books import NOTATIONS, notation_named
from core.recorder import record
from core.trace import Trace
from explorer import cli
from explorer.app import compose
from explorer.export.worksheet.blocks import Fitted, Line, Signature, Typeset, font, width_of
from explorer.export.worksheet.chain import CELL, bands, digits, fitting
from explorer.export.worksheet.lines import pieces, wrapped
from explorer.export.worksheet.pages import EDGE, GUTTER, MARGIN, PAPERS, Pages, Placed
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings

KINDS = [
    *({"cell": cell.name} for cell in CELLS if cell.learned),
    *({"structure": name} for name in STRUCTURES),
    {"structure": "n-n", "bidirectional": "concat", "layers": 2},
    {"structure": "n-n", "convolution": 3},
    {"structure": "n-n", "taps": 2},
    {"structure": "attention", "score": "additive"},
]


def pages(answers: bool, paper: str = "a4", notation: str = "row", **changes) -> Pages:
    trace = record(hand_sized(natural("last-step", **{"cell": "gru", **changes})))
    return Pages(worksheet(trace, notation_named(notation), answers), paper)


def ink(image: QImage) -> tuple[int, int, int, int]:
    """The first and last column and row that are not white."""
    white = QColor("#ffffff").rgb()
    across = [x for x in range(image.width()) if any(image.pixel(x, y) != white for y in range(0, image.height(), 2))]
    down = [y for y in range(image.height()) if any(image.pixel(x, y) != white for x in range(0, image.width(), 3))]
    return across[0], across[-1], down[0], down[-1]


def dark(image: QImage) -> np.ndarray:
    """(height, width) bool: where the picture is not white."""
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return (pixels[:, : image.width(), :3] != 255).any(axis=2)


def columns(made: Pages) -> list[list[Placed]]:
    """The blocks of every column of every page, and of the head."""
    found = [[each for each in page if each.column == column] for page in made.pages for column in (-1, 0, 1)]
    return [each for each in found if each]


def hand(**changes) -> Trace:
    """A hand-sized run on the first task that the choices go with."""
    for task in ("last-step", "echo", "next-character"):
        try:
            return record(hand_sized(natural(task, **changes)))
        except InputError:
            continue
    raise AssertionError(changes)


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_leaves_the_page_or_is_split(qapp, paper):
    made = pages(True, paper, "ng")
    for blocks in columns(made):
        bottom = 0.0
        for each in blocks:
            assert each.y >= bottom - 1e-6
            bottom = each.y + each.block.height
        assert bottom <= made.end + 1e-6
        assert not blocks[-1].block.holds  # a heading never stands alone at the end of a column
    left, right, top, bottom = ink(made.image(len(made) - 1))
    assert left >= MARGIN - 2 and right <= made.size.width() - MARGIN + 2
    assert top >= EDGE - 2 and bottom <= made.size.height() - 20


@pytest.mark.parametrize("changes", KINDS, ids=str)
def test_every_column_keeps_its_ink_to_itself(qapp, changes):
    for answers in (False, True):
        made = Pages(worksheet(hand(**changes), answers=answers))
        for number, page in enumerate(made.pages):
            seen = dark(made.image(number))
            assert not seen[:, : int(MARGIN) - 2].any()
            assert not seen[:, int(made.size.width() - MARGIN) + 2 :].any()
            below = [int(each.y) + 1 for each in page if each.column >= 0]
            gutter, line = int(MARGIN + made.room), int(MARGIN + made.room + GUTTER / 2)
            between = seen[min(below) : int(made.end) - 1, gutter + 2 : gutter + int(GUTTER) - 1] if below else seen[:0]
            where = np.flatnonzero(between.any(axis=0)) + gutter + 2
            assert all(abs(x - line) <= 1 for x in where)  # only the rule between the columns
        for blocks in columns(made):
            assert not blocks[-1].block.holds
            assert all(a.y + a.block.height <= b.y + 1e-6 for a, b in pairwise(blocks))
            assert blocks[-1].y + blocks[-1].block.height <= made.end + 1e-6


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_the_hand_sized_lstm_fills_four_pages_at_most(qapp, notation):
    trace = hand(cell="lstm")
    for paper in PAPERS:
        for answers in (False, True):
            made = Pages(worksheet(trace, notation, answers), paper)
            assert len(made) <= 4
            room = (2 * (made.end - EDGE)) * (len(made) - 1)
            assert sum(each.block.height for page in made.pages for each in page) > 0.75 * room  # in two columns


@pytest.mark.parametrize("answers", [False, True])
def test_name_date_and_the_whole_chain_stand_on_the_first_page(qapp, answers):
    made = Pages(worksheet(hand(cell="lstm"), answers=answers))
    places = [(number, each) for number, page in enumerate(made.pages) for each in page]
    ((page, signed),) = [(k, each) for k, each in places if isinstance(each.block, Signature)]
    assert page == 0 and signed.block.asked == ("Name", "Date")
    drawn = [(k, each.block.block) for k, each in places if isinstance(each.block, Fitted)]
    assert [k for k, _ in drawn] == [0]
    assert [box for _, band in drawn for box in band.boxes] == list(made.sheet.chain.boxes)
    row = dark(made.image(0))[int(signed.y + signed.block.height - 11) :][:3].any(axis=0)
    assert row.sum() > 0.5 * made.whole  # the lines to write on


@pytest.mark.parametrize("changes", KINDS, ids=str)
def test_the_boxes_of_a_chain_are_apart_and_their_digits_fit(qapp, changes):
    chain = worksheet(hand(**changes), answers=True).chain
    found = list(bands(chain, True, 706.0))
    assert sorted(box.place for band in found for box in band.boxes) == sorted(box.place for box in chain.boxes)
    for band in found:
        rooms = [band.rectangle(box) for box in band.boxes]
        assert not any(a.intersects(b) for a, b in combinations(rooms, 2))
        whole = QRectF(band.left, 0, band.room - band.left, band.height)
        assert all(whole.contains(room) for room in rooms)
        assert all(whole.contains(path.boundingRect()) for path in band.arrows)
        for box in band.boxes:
            for room, number, _ in band.cells(box):
                assert band.rectangle(box).adjusted(-0.1, -0.1, 0.1, 0.1).contains(room)
                assert width_of(digits(number), fitting(digits(number))) <= CELL


def test_a_line_is_broken_between_addends_and_before_its_result(qapp):
    made = Pages(worksheet(hand(cell="lstm")))
    lines = [each.block for page in made.pages for each in page if isinstance(each.block, Line)]
    goes_on = [line for line in lines if line.indent > 10 and not line.tokens[0].face.italic()]
    assert len(goes_on) > 10
    assert {line.tokens[0].text.strip() for line in goes_on} <= {"+", "="}


def test_boxes_are_empty_until_the_answers_are_asked_for(qapp):
    for answers in (False, True):
        (band,) = bands(worksheet(hand(cell="lstm"), answers=answers).chain, answers, 706.0)
        image = QImage(706, int(band.height) + 1, QImage.Format.Format_RGB32)
        image.fill(QColor("#ffffff"))
        painter = QPainter(image)
        band.draw(painter, 0.0, 0.0)
        painter.end()
        seen, counted = dark(image), {True: 0, False: 0}
        for box in band.boxes:
            for room, number, _ in band.cells(box):
                inner = room.adjusted(2, 2, -2, -2).toRect()
                written = seen[inner.top() : inner.bottom() + 1, inner.left() : inner.right() + 1].any()
                assert written == (answers or number.given)
                counted[bool(number.given)] += 1
        assert counted == {True: 6, False: 3 * 2 * 6 + 2}  # two inputs a step; i f g o c s, and the last step's z


def test_a_page_that_cannot_be_drawn_ends_with_its_error_and_not_the_program(qapp, monkeypatch):
    made, painters = Pages(worksheet(hand(cell="lstm"))), []

    def fails(painter, number):
        painters.append(painter)
        raise ZeroDivisionError

    monkeypatch.setattr(made, "draw", fails)
    for draw in (lambda: finished(made.printing()), lambda: made.image(0)):
        with pytest.raises(ZeroDivisionError):
            draw()
    assert len(painters) == 2 and not any(painter.isActive() for painter in painters)
    monkeypatch.undo()
    started = made.printing()
    next(started)
    started.close()  # cancelled between two pages
    assert finished(made.printing()).startswith(b"%PDF")


def test_a_long_chain_goes_on_in_the_next_band_and_a_high_one_is_drawn_smaller(qapp):
    long = worksheet(record(natural("last-step", cell="tanh", steps=10, hidden=1, batch=1))).chain
    found = list(bands(long, False, 706.0))
    assert len(found) == 2 and [column for band in found for column in band.columns] == list(range(10))
    assert len(found[0].arrows) - len(found[1].arrows) == -1 and len(found[0].arrows) == 5 * 2 + 4 + 1  # with a half
    smaller = Fitted(found[0], 100.0)
    assert found[0].height > 100.0 and smaller.height == pytest.approx(100.0)


def test_every_row_is_on_a_page_with_all_its_numbers(qapp):
    made = pages(False)
    tokens = [
        token for page in made.pages for each in page if isinstance(each.block, Line) for token in each.block.tokens
    ]
    shown = [token.number for token in tokens if token.number is not None]
    assert shown == [piece for row in made.sheet.rows for piece in row.pieces if isinstance(piece, Number)]
    for token in tokens:
        assert token.blank == (token.number is not None and not token.number.given)
    blocks = [each.block for page in made.pages for each in page]
    assert any(isinstance(block, Typeset) and block.formula.typeset for block in blocks)


def test_the_answers_make_it_shorter_and_are_seen(qapp):
    blank, solved = pages(False), pages(True)
    assert len(solved) <= len(blank)
    assert blank.image(0) != solved.image(0)


def test_the_pdf_has_its_pages_its_title_and_its_fonts(qapp):
    made = pages(True)
    raw = finished(made.printing())
    assert raw.startswith(b"%PDF-") and raw.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", raw)) == len(made)
    assert b"/FontFile" in raw and b"GRU".decode().encode("utf-16-be") in raw
    assert b"/Subtype /Image" not in raw  # equations are vectors


def test_the_command_writes_both_kinds(qapp, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    path = tmp_path / "sheet.pdf"
    assert cli.main(["worksheet", "--hand", "--out", str(path), "--notation", "2", "--paper", "letter"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{path}: tanh: Target at the last step, 29 lines to fill in, ")
    assert path.read_bytes().startswith(b"%PDF-")
    assert cli.main(["worksheet", "--hand", "--cell", "lstm", "--answers", "--out", str(path)]) == 0
    assert "lines with the answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "sheet.pdf"], "or the hand-sized run"),
        (["--hand", "--out", "sheet.png"], "sheet.png"),
        (["--hand", "--out", "none/sheet.pdf"], "there is no folder"),
        (["--hand", "--out", "sheet.pdf", "--notation", "9"], "9"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert cli.main(["worksheet", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.fixture
def program(qtbot, tmp_path):
    session = Session(Experiment(steps=5, hidden=3))
    player = Player(session)
    player.stop()
    made = compose(session, player, Settings(tmp_path / "settings.ini"), tmp_path.parent / "last.json")
    qtbot.addWidget(made.window)
    yield made
    player.stop()


def test_the_menu_hand_sizes_in_one_step_of_the_history_and_writes_the_sheet(program, tmp_path):
    said: list[str] = []
    session = program.session
    session.message.connect(said.append)
    session.undoable.connect(said.append)
    first = session.experiment
    action = next(each for each in program.window.actions() if each.shortcut().toString() == "Ctrl+H")
    action.trigger()
    session.update()
    assert (session.trace.experiment.hidden, session.trace.steps) == (1, 3)
    assert session.trace.experiment == hand_sized(first)
    assert "one unit" in said[-1].lower()
    path = tmp_path / "sheet.pdf"
    program.exports.worksheet_to(path, answers=False)
    session.work.pull(lambda: False)
    assert path.stat().st_size > 10_000 and "sheet.pdf" in said[-1]
    session.undo()
    session.update()
    assert session.trace.experiment == first
    program.exports.worksheet_to(tmp_path / "none" / "sheet.pdf", answers=True)
    session.work.pull(lambda: False)
    assert "cannot be written" in said[-1]
    session.change(fault="diag-forgotten")
    program.exports.worksheet_to(path, answers=True)
    session.work.pull(lambda: False)
    assert "set fault to off" in said[-1]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("tanh of h₁  = 3", ["tanh", " of", " h₁", " ", " =", " 3"]),
        ("“so” (far)", ["“so”", " (far)"]),
        ("状态 s₅，即（第五步）。", ["状", "态", " s₅，", "即", "（第", "五", "步）。"]),
        ("", []),
    ],
)
def test_a_line_may_end_at_blanks_and_beside_chinese_characters(text, cut):
    assert pieces(text) == cut and "".join(pieces(text)) == text


def test_wrapped_lines_fit_and_lose_nothing(qapp):
    face, chinese = font(11), "梯度在回传途中趋近零，于是前面各步几乎学不到东西。" * 3
    for text, joint in (("the gradient goes back " * 6, " "), (chinese, "")):
        lines = list(wrapped(text, face, 120.0))
        assert len(lines) > 1 and joint.join(lines) == text.strip()
        assert all(width_of(line, face) <= 120.0 for line in lines)
