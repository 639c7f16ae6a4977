"""Where x is an image read row by row it stands small beside the inputs: whole, apart from everything else, with the
rows that have been read in full ink and the live one marked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from core.experiment import Experiment, natural
from core.tasks.base import ImageRows
from explorer.items.chain.image import ImagePicture
from explorer.items.chain.loss import LOSS as LOST
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Session
from explorer.style.colours import value_colours
from explorer.style.theme import DARK, LIGHT, PROJECTOR
from tests.explorer.driving import pulled
from tests.explorer.pixels import pixels, shot

SIZES = [(640, 190), (731, 270), (986, 250), (1500, 480)]


@pytest.fixture
def open_chain(show_panel):
    def make(experiment: Experiment, width: int = 900, height: int = 320, theme=LIGHT) -> tuple[ChainPanel, Session]:
        session = Session(experiment, theme.name)
        return show_panel(ChainPanel(), session, width, height)

    return make


@pytest.mark.parametrize(("backwards", "sample"), [(False, 0), (True, 1)])
def test_it_is_what_is_read_with_its_top_above_and_has_the_colours_of_the_nodes(open_chain, backwards, sample):
    panel, session = open_chain(natural("drawn-digits", steps=9, batch=2, hidden=2, read_backwards=backwards))
    session.set_view(sample=sample)
    picture, data = panel.view.scene.image, session.trace.data
    top = data.x[::-1] if backwards else data.x
    shown = pixels(picture.pixels)
    wanted = value_colours(top[:, sample], picture.limit, session.theme)
    np.testing.assert_array_equal(shown[..., 2], (wanted >> 16) & 255)
    row = panel.view.scene.rows[0].value_colours[:, 0]
    np.testing.assert_array_equal(wanted, row[::-1] if backwards else row)
    assert picture.shows == str(int(data.y[0, sample].argmax()))


def test_only_data_that_say_so_have_one(open_chain):
    assert open_chain(natural("surname", steps=4, hidden=2))[0].view.frame.image is None
    panel, session = open_chain(natural("drawn-digits", steps=4, hidden=2))
    assert panel.view.frame.image is not None
    session.change(structure="1-n")
    pulled(session)
    assert panel.view.frame.image is None


@pytest.mark.parametrize("theme", [LIGHT, DARK, PROJECTOR], ids=lambda theme: theme.name)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("digits", [False, True])
def test_it_stands_apart_from_names_nodes_numbers_and_legend(open_chain, theme, size, digits):
    panel, session = open_chain(natural("drawn-digits", hidden=3), *size, theme)
    session.set_view(digits=digits)
    frame, view = panel.view.frame, panel.view
    place = frame.image.place
    if place is None:
        assert size[1] < 200 or digits, "left out only where there is no room"
        return
    around = place.united(frame.image.picture.mark(1, place)).united(frame.image.picture.mark(12, place))
    assert QRectF(0, 0, size[0] - 2, size[1] - 3).contains(around)
    assert around.right() <= session.columns.LEFT - 2 or around.left() >= session.columns.LEFT, "never over names"
    if around.left() < session.columns.LEFT:
        assert place.top() - view.layout.bands[0][0] >= theme.font_px, "the name keeps a line"
    for k, row in enumerate(view.scene.rows):
        for t in np.flatnonzero(row.present) + 1:
            assert not view.layout.node(k, int(t)).intersects(around)
    session.seek(session.timeline.complete)
    assert not any(said.place.intersects(around) for said in frame.loss_texts(LOST))
    for label in frame.step_labels():
        assert not label.place.intersects(around)
    if frame.norms is not None:
        assert not frame.norms.name().place.adjusted(0, 4, 0, 0).intersects(place)
    assert place.width() == pytest.approx(place.height(), rel=1e-6), "a square whatever T"


@pytest.mark.parametrize("theme", [LIGHT, PROJECTOR], ids=lambda theme: theme.name)
def test_it_grows_with_the_room(open_chain, theme):
    sizes = [
        open_chain(natural("drawn-digits", hidden=2), *size, theme)[0].view.frame.image.place.height()
        for size in ((731, 270), (986, 400), (1500, 700))
    ]
    assert sizes == sorted(sizes) and sizes[-1] > 2.5 * sizes[0] and sizes[-1] > 140


@pytest.mark.parametrize("steps", [2, 5, 24, 200, 1000])
def test_every_step_marks_its_own_row_and_none_leaves_the_card(open_chain, steps):
    panel, _ = open_chain(natural("drawn-digits", steps=steps, hidden=2))
    image = panel.view.frame.image
    place = image.place
    assert place.width() == pytest.approx(place.height(), rel=1e-6)
    tops = [image.picture.row(t, place).top() for t in range(1, steps + 1)]
    assert np.diff(tops) == pytest.approx(place.height() / steps, rel=1e-6)
    assert QRectF(panel.rect()).contains(image.picture.mark(steps, place))


def test_what_is_read_gains_its_ink_step_by_step_and_the_live_row_is_marked(open_chain):
    panel, session = open_chain(natural("drawn-digits", hidden=2, data_seed=3), 900, 340)
    darkest = session.trace.data.x[:, 0].argmax(axis=1)

    def seen(t: int) -> np.ndarray:
        image = panel.view.frame.image
        row = image.picture.row(t, image.place)
        x = row.x() + (darkest[t - 1] + 0.5) * row.width() / 12
        return pixels(shot(panel))[int(row.center().y()), int(x)][:3].astype(int)

    session.seek(session.timeline.index("start"))
    pale = [seen(t) for t in (3, 10)]
    assert panel.view.frame.image.read.sum() == 0
    session.seek(session.timeline.index("forward", 6))
    assert panel.view.frame.image.read.sum() in (5, 6)
    assert np.abs(seen(3) - pale[0]).max() > 40 and np.abs(seen(10) - pale[1]).max() <= 3
    session.seek(session.timeline.complete)
    assert panel.view.frame.image.read.all()
    assert np.abs(seen(10) - pale[1]).max() > 40
    image = panel.view.frame.image
    mark = image.picture.mark(4, image.place)
    edge = int(mark.y() + mark.height() / 2), round(mark.x())
    before = pixels(shot(panel))[edge].astype(int)
    session.seek(session.timeline.index("backward", 4) - 0.5)
    assert np.abs(pixels(shot(panel))[edge].astype(int) - before).max() > 40


def test_it_is_there_while_the_network_is_folded(open_chain):
    panel, session = open_chain(natural("drawn-digits", hidden=2), 900, 340)
    session.seek(session.timeline.complete)
    place = panel.view.frame.image.place.toRect()
    whole = pixels(shot(panel))[place.top() + 2 : place.bottom() - 1, place.left() + 2 : place.right() - 1]
    session.unroll(0.0)
    folded = pixels(shot(panel))[place.top() + 2 : place.bottom() - 1, place.left() + 2 : place.right() - 1]
    np.testing.assert_array_equal(folded, whole)


def test_a_screen_reader_is_given_the_digit_and_the_row(open_chain):
    panel, session = open_chain(natural("drawn-digits", hidden=2))
    digit = str(int(session.trace.data.y[0, 0].argmax()))
    session.seek(session.timeline.index("loss"))
    items = panel.accessible_items
    items.count()
    assert f"It is row 5 of 12 of an image labelled {digit}." in items.sentence(items._places["x", 5])
    assert f"x is an image labelled {digit}, 12 of its 12 rows are read" in panel.accessibleDescription()


def test_proportions_are_kept_and_what_has_no_label_claims_none():
    declared = ImageRows((0, 1, 2), high=2.0)
    picture = ImagePicture(np.zeros((3, 8)), declared.rows, declared.high, 1.0, "", LIGHT)
    place = picture.within(QRectF(0, 0, 40, 300))
    assert (place.width(), place.height(), place.bottom()) == (40, 30, 300)
    assert picture.within(QRectF(0, 0, 400, 30)).width() == 40
