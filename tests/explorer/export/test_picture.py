"""Pictures without a display: exact sizes, every format, and what is drawn depends on the beat."""

import io
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.errors import InputError
from core.experiment import Experiment, natural
from core.files.writing import unwritable
from core.jobs import finished
from core.timeline.timeline import Timeline
from explorer.export import picture, video
from explorer.export.palette import Palette, Seen, packed, theme_colours
from explorer.export.picture import (
    FRAME_MS,
    LAST_FRAME_MS,
    MOST_FRAMES,
    Drawing,
    beats_shown,
    course_of,
    picturing,
    rendering,
    rest_at,
)
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.style.theme import LIGHT, theme_named
from explorer.window.arrangement import arrangement_of
from explorer.window.window import Window

SMALL = Experiment(steps=3, hidden=2)


def pixels(path) -> np.ndarray:
    """(height, width, 3)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("size", [(320, 240), (1024, 768), (1366, 768)])
def test_a_picture_has_exactly_the_size_that_was_asked_for(qapp, tmp_path, size):
    finished(Drawing(SMALL, tmp_path / "a.png", size, None).job())
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == size


def test_a_small_picture_keeps_the_pictures_and_drops_the_panels_beside_them(qapp, tmp_path):
    finished(Drawing(SMALL, tmp_path / "a.png", (960, 600), 5).job())
    finished(Drawing(SMALL, tmp_path / "b.png", (1600, 1000), 5).job())
    small, large = (pixels(tmp_path / name) for name in ("a.png", "b.png"))
    vermillion = np.array([0xD5, 0x5E, 0x00])
    assert (np.abs(small - vermillion).sum(axis=2) < 30).sum() > 100
    assert (np.abs(large - vermillion).sum(axis=2) < 30).sum() > 100


def test_what_is_drawn_depends_on_the_beat_alone(qapp, tmp_path):
    for name, beat in (("a", 0), ("b", 5), ("c", 5)):
        finished(Drawing(SMALL, tmp_path / f"{name}.png", (1100, 700), beat).job())
    a, b, c = (pixels(tmp_path / f"{name}.png") for name in "abc")
    assert (a != b).any()
    assert (b == c).all()


def test_a_vector_picture_is_well_formed_and_has_its_size(qapp, tmp_path):
    finished(Drawing(SMALL, tmp_path / "a.svg", (1280, 800), 4).job())
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("svg")
    assert root.get("viewBox") == "0 0 1280 800"
    assert any("Unrolled network" in "".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_an_animation_has_a_frame_for_every_beat_and_rests_on_the_last(qapp, tmp_path):
    finished(Drawing(SMALL, tmp_path / "a.gif", (640, 480), None).job())
    with Image.open(tmp_path / "a.gif") as film:
        assert film.size == (640, 480)
        assert film.n_frames == len(Timeline(3))
        times = []
        for k in range(film.n_frames):
            film.seek(k)
            times.append(film.info["duration"])
        assert times[-1] > 3 * max(times[:-1])
        assert film.info["loop"] == 0


@pytest.mark.parametrize("steps", [1, 3, 78, 79, 80, 1000])
def test_a_long_run_has_evenly_chosen_beats_with_both_ends(steps):
    last = Timeline(steps).last
    beats = beats_shown(last)
    assert beats[0] == 0 and beats[-1] == last
    assert len(beats) == min(last + 1, MOST_FRAMES)
    gaps = np.diff(beats)
    assert gaps.min() >= 1 and gaps.max() - gaps.min() <= 1


@pytest.mark.parametrize(("theme", "cell"), [("light", "tanh"), ("dark", "lstm"), ("projector", "gru")])
def test_every_theme_and_cell_renders(qapp, tmp_path, theme, cell):
    finished(Drawing(Experiment(cell=cell, steps=24, hidden=2), tmp_path / "a.png", (1100, 700), 40, theme).job())
    assert len(np.unique(pixels(tmp_path / "a.png"))) > 20


def test_an_export_leaves_the_session_as_it_was(qapp, tmp_path):
    session = Session(SMALL)
    session.seek(3.0)
    session.pin("a")
    session.select(Selection("s", 2))
    before = session.position, session.pins, session.selection, session.view, session.history.current
    finished(rendering(session, tmp_path / "a.png", (1100, 700)))
    assert (session.position, session.pins, session.selection, session.view, session.history.current) == before
    assert not [window for window in QApplication.topLevelWidgets() if window.isVisible()]


def test_a_suffix_or_a_place_that_does_not_do_is_one_sentence(qapp, tmp_path):
    session = Session(SMALL)
    with pytest.raises(InputError, match="end in"):
        finished(rendering(session, tmp_path / "a.jpeg", (640, 480)))
    with pytest.raises(OSError) as refused:
        finished(rendering(session, tmp_path / "none" / "a.png", (640, 480)))
    assert "a.png cannot be written" in str(unwritable(refused.value.filename, refused.value))


def test_nothing_is_said_on_standard_error(qapp, tmp_path, capfd):
    finished(Drawing(SMALL, tmp_path / "a.png", (640, 480), 2).job())
    assert capfd.readouterr().err == ""
    assert io.BytesIO((tmp_path / "a.png").read_bytes()).read(4) == b"\x89PNG"


def test_a_check_that_takes_too_long_is_not_waited_for_where_there_is_no_map(tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.export.picture.CHECK_SECONDS", 0.0)
    chosen = {"structure": "attention", "steps": 12, "output_steps": 8, "hidden": 8}
    finished(Drawing(natural("reverse", **chosen), tmp_path / "run.png", (1366, 768), None).job())
    assert (tmp_path / "run.png").exists()


def arranged(qtbot, tmp_path, experiment, size=(1366, 800), **changes):
    """A window of that size on the screen, its session finished."""
    session = Session(experiment)
    player = Player(session)
    player.stop()
    window = Window(session, player, Settings(tmp_path / "own.ini"))
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    qtbot.waitExposed(window)
    while session.busy:
        session.pull(lambda: False)
    session.seek(session.timeline.complete)
    return window


def exported(window, path) -> np.ndarray:
    finished(rendering(window.session, path, (window.width(), window.height()), arrangement_of(window)))
    return pixels(path)


def on_screen(window, path) -> np.ndarray:
    if window.focusWidget() is not None:
        window.focusWidget().clearFocus()
    rest_at(window, window.session.timeline.last)
    for _ in range(3):
        window.grab()
        QApplication.processEvents()
    window.grab().save(str(path))
    return pixels(path)


def alike(window, tmp_path) -> float:
    """The share of pixels that are the same on the screen and in the export."""
    shown, drawn = on_screen(window, tmp_path / "shown.png"), exported(window, tmp_path / "drawn.png")
    assert shown.shape == drawn.shape
    return float((np.abs(shown - drawn).max(axis=2) < 40).mean())


def test_what_is_exported_is_what_is_shown(qtbot, qapp, tmp_path):
    """Sizes, docks, columns, unfolded sections, chosen norms and pages; then while presenting, with another picture."""
    window = arranged(qtbot, tmp_path, Experiment(cell="lstm", steps=8, hidden=2))
    assert alike(window, tmp_path) > 0.97
    window.stage.setSizes([500, 120, 120])
    window.session.columns.show_range(3.0, 5.0)
    window.panels["norms"]._on_toggled("s", True)
    window.panels["experiment"].sections["Data"].heading.setChecked(True)
    window.docks[1].hide()
    assert alike(window, tmp_path) > 0.97
    window.docks[1].show()
    window.pages["right"].show_page("numbers")
    window.session.columns.fit()
    assert alike(window, tmp_path) > 0.97
    window.present()
    assert window.presenting
    window.next_picture()
    assert alike(window, tmp_path) > 0.97
    assert not window.panels["chain"].isVisible()
    window.present()
    assert alike(window, tmp_path) > 0.97


def test_nothing_that_is_there_for_a_moment_is_in_a_picture(drive, tmp_path):
    """The strip of the first start, its notes, messages, the focus, what the mouse is over: the picture is the same
    without them, bit for bit, and they are all there again after it."""
    driver = drive(SMALL, (1100, 700))
    window, session, guide = driver.window, driver.session, driver.program.guide
    session.seek(session.timeline.complete)
    driver.settle(2)

    def exported() -> np.ndarray:
        finished(picturing(window, tmp_path / "shown.png"))
        return pixels(tmp_path / "shown.png")

    bare = exported()
    play, norms, chain = window.panels["timeline"].play, window.panels["norms"], window.panels["chain"]
    column = QPoint(round(session.columns.x(2)), norms.canvas.height() // 2)
    for widget in (chain, norms.canvas, play, window.panels["timeline"].line):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert (exported() == bare).all() and QApplication.focusWidget() is widget
    for widget, at in ((norms.canvas, column), (play, play.rect().center())):
        QApplication.sendEvent(widget, QEnterEvent(QPointF(at), QPointF(at), QPointF(widget.mapToGlobal(at))))
        widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
        QTest.mouseMove(widget, at)
        assert (exported() == bare).all() and widget.underMouse(), widget
    window.show_message("Something was done.")
    guide._point()
    driver.settle(2)
    assert (exported() == bare).all()
    assert guide.notes.isVisible() and guide.notes.pos() == QPoint(0, 0)
    assert window.toasts.isVisible() and window.toasts.texts() == ["Something was done."]
    guide.notes.point(())
    guide.show_strip()
    driver.settle(2)
    sizes, found = window.stage.sizes(), exported()
    assert guide.strip.isVisible() and window.stage.sizes() == sizes
    guide.close_strip()
    driver.settle(2)
    assert (exported() == found).all()  # the pictures have the room of the strip


def test_every_frame_of_an_animation_is_typeset(qtbot, qapp, tmp_path, monkeypatch):
    """An equation that first comes on the way is no plain text in its frame."""
    raw = []
    frame = picture._frame

    def looked_at(window, palette):
        panel = window.panels["inspector"]
        raw.extend(window.session.position for _ in [0] if panel.isVisible() and not panel.equations.is_typeset)
        return frame(window, palette)

    monkeypatch.setattr(picture, "_frame", looked_at)
    session = Session(natural("echo", steps=3, hidden=2, cell="gru"))
    session.set_view(notation="goodfellow")
    finished(rendering(session, tmp_path / "a.gif", (1366, 768)))
    assert raw == []


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_an_animation_has_no_colour_that_the_screen_has_not(qapp, tmp_path, theme, monkeypatch):
    """Each of its colours is on the screen at some moment of the run; the theme's own are exact, and of what is not
    only the smoothed edges differ, hardly to be seen."""
    painted: list[np.ndarray] = []  # what each frame was drawn from
    indices = Palette.indices

    def looked_at(palette, rgb):
        painted.append(packed(rgb))
        return indices(palette, rgb)

    monkeypatch.setattr(Palette, "indices", looked_at)
    finished(Drawing(Experiment(steps=2, hidden=3, cell="lstm"), tmp_path / "a.gif", (960, 600), theme=theme).job())
    with Image.open(tmp_path / "a.gif") as film:
        frames = [packed(np.asarray(frame.convert("RGB"))) for frame in ImageSequence.Iterator(film)]
    assert len(painted) == len(beats_shown(Timeline(2).last)) >= len(frames) > 2
    on_screen_at_all = {colour for each in painted for colour in np.unique(each).tolist()}
    assert {colour for frame in frames for colour in np.unique(frame).tolist()} <= on_screen_at_all
    own = np.array(sorted(theme_colours(theme_named(theme))))
    for shown, frame in ((painted[0], frames[0]), (painted[-1], frames[-1])):
        exact = np.isin(shown, own)
        assert exact.mean() > 0.5 and (frame[exact] == shown[exact]).all()
        wrong = np.stack([np.abs((frame >> k & 255) - (shown >> k & 255)) for k in (16, 8, 0)]).max(axis=0)
        assert wrong.mean() < 1.0 and np.quantile(wrong, 0.995) <= 32


def test_a_palette_keeps_what_is_frequent_and_what_is_far_from_it():
    seen = Seen()
    rows = np.full((40, 40, 3), 255, np.uint8)
    rows[0, :4] = [[200, 0, 0], [201, 0, 0], [0, 0, 200], [250, 250, 250]]
    seen.add(rows)
    colours = seen.palette(LIGHT, 4)
    assert set(colours.colours.tolist()) >= {0xFFFFFF} and len(colours.colours) == 4
    nearest = colours.colours[colours.indices(rows)]
    assert {0xFFFFFF} == set(nearest[1:].ravel().tolist())
    assert {nearest[0, 0], nearest[0, 1]} <= {0xC80000, 0xC90000}
    assert nearest[0, 2] == 0x0000C8 and nearest[0, 3] in (0xFFFFFF, 0xFAFAFA)


def test_without_the_encoder_one_sentence_says_what_to_install(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(video, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"a\.mp4: MP4 needs the optional package imageio-ffmpeg: install it with “"):
        finished(Drawing(SMALL, tmp_path / "a.mp4", (320, 240)).job())
    assert not list(tmp_path.iterdir())


def test_a_video_has_every_beat(qapp, tmp_path):
    reader = pytest.importorskip("imageio_ffmpeg", reason="the optional encoder")
    finished(Drawing(SMALL, tmp_path / "a.mp4", (321, 240)).job())
    frames = reader.read_frames(str(tmp_path / "a.mp4"))
    assert next(frames)["size"] == (320, 240)
    beats = beats_shown(Timeline(SMALL.steps).last)
    assert sum(1 for _ in frames) == len(beats) - 1 + round(LAST_FRAME_MS / FRAME_MS)


def test_a_presented_training_is_exported_update_by_update(drive, tmp_path):
    driver = drive(Experiment(steps=3, hidden=2), (960, 600))
    session, window = driver.session, driver.window
    session.trainer.set_plan(length=3, rate=0.2)
    driver.settle()
    driver.key(Qt.Key.Key_T)
    session.set_theme("projector")
    driver.settle()
    while not window.panels["training"].isVisible():
        window.next_picture()
        driver.settle()
    assert course_of(window).stops == course_of(window, "training").stops == list(range(4))
    assert len(course_of(window, "run").stops) == session.timeline.last + 1
    history, shown = len(session.run.history.entries), session.trainer.shown
    finished(rendering(session, tmp_path / "a.gif", (480, 300), arrangement_of(window)))
    with Image.open(tmp_path / "a.gif") as film:
        frames = [np.asarray(each.convert("RGB")) for each in ImageSequence.Iterator(film)]
    assert len(frames) == 4 and all((a != b).any() for a, b in pairwise(frames))
    assert (len(session.run.history.entries), session.trainer.shown) == (history, shown)
    session.set_theme("light")
    driver.settle()
    assert len(course_of(window).stops) == session.timeline.last + 1
    assert course_of(window, "training").stops == list(range(4)), "of the whole window, too"
    finished(rendering(session, tmp_path / "b.gif", (480, 300), arrangement_of(window), "training"))
    with Image.open(tmp_path / "b.gif") as film:
        assert film.n_frames == 4
