"""The card of a lesson in the window: questions answered by keys and mouse, a clicker, and nothing that is cut off."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from core.jobs import finished
from core.lessons.format import Ask
from core.lessons.language.parse import parse
from core.lessons.reading import lesson_named, lessons_there
from explorer.panels.chain.meant import asked_strip
from explorer.panels.lesson.answers import ANSWERS, Draw
from explorer.session.selection import Selection
from tests.explorer.lesson_files import PAINTED, lesson_file

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def class_room(drive, tmp_path):
    """Opens a window with the lesson at one of its steps."""

    def make(step=0, size=(1366, 768), theme="light"):
        driver = drive(None, size, theme)
        driver.session.lesson.open(lesson_file(tmp_path))
        driver.settle()
        driver.session.lesson.show(step)
        driver.settle(2)
        return driver, driver.window.panels["lesson"]

    return make


def press(panel, text):
    button = next(each for each in panel.findChildren(QPushButton) if text in each.text() and not each.isHidden())
    QTest.mouseClick(button, LEFT)


def place(panel) -> str:
    """ "2 / 6", without the key that goes on."""
    return panel.progress.text().partition("  ")[0]


def said_by(widget: QWidget) -> str:
    """All that is written in a part of the window, or said by a screen reader."""
    labels = [each.text() for each in widget.findChildren(QLabel) if each.isVisible()]
    own = [each for each in widget.findChildren(QWidget) if each.isVisible()]
    return "\n".join([*labels, *(each.accessibleName() + " " + each.accessibleDescription() for each in own)])


def test_it_is_there_only_while_a_lesson_is_open(class_room, drive):
    driver, panel = class_room()
    assert panel.isVisible() and panel.title.text() == "A lesson for tests" and place(panel) == "1 / 6"
    driver.key(Key.Key_Escape)
    driver.key(Key.Key_Escape)  # the selection first, then the lesson
    assert not panel.isVisible() and driver.session.lesson.lesson is None


def test_a_step_plays_to_its_rest_and_space_goes_on(class_room):
    driver, _ = class_room()
    session, line = driver.session, driver.session.timeline
    driver.play(8.0)
    assert session.position == line.beats and not driver.player.playing
    driver.key(Key.Key_Space)
    driver.play(4.0)
    assert session.position == line.beats + 1
    driver.key(Key.Key_Left)  # and it can be gone over again
    assert session.position == line.beats
    for _ in range(2):
        driver.key(Key.Key_Space)
        driver.play(8.0)
    assert session.position == line.complete - 1
    driver.key(Key.Key_Space)  # from the last rest to the next step
    driver.settle()
    assert session.lesson.page.number == 1
    driver.key(Key.Key_Space)  # whose question waits
    assert session.lesson.page.number == 1 and session.position == line.beats + 1


def test_a_clicker_goes_from_rest_to_rest_and_from_step_to_step(class_room):
    driver, panel = class_room()
    line = driver.session.timeline
    driver.player.pause()
    seen = []
    for _ in range(3):
        driver.key(Key.Key_PageDown)
        seen.append(driver.session.position)
    assert seen == [line.beats, line.beats + 1, line.complete - 1]
    driver.key(Key.Key_PageDown)
    assert place(panel) == "2 / 6"
    driver.key(Key.Key_PageDown)  # a question waits
    assert place(panel) == "2 / 6" and "Answer" in driver.window.toasts.texts()[-1]
    driver.key(Key.Key_PageUp)
    assert place(panel) == "1 / 6"


def test_a_number_is_typed_and_what_is_no_number_says_so(class_room):
    driver, panel = class_room(1)
    field = panel.answers.field
    field.setFocus()
    QTest.keyClicks(field, "much")
    QTest.keyClick(field, Key.Key_Return)
    assert "number" in panel.answers.wrong.text() and driver.session.lesson.asks
    driver.key(Key.Key_Escape)
    assert field.text() == "" and panel.isVisible()
    field.setFocus()
    field.setText("−3,5")
    press(panel, "Answer")
    driver.settle(2)
    assert panel.answer.text().startswith("✗ You said −3.5") and panel.next.isEnabled()
    assert driver.window.panels["norms"].isVisible()


def test_while_a_question_waits_its_answer_is_nowhere_in_the_window(class_room):
    driver, _ = class_room(1)
    session = driver.session
    norms = driver.window.panels["norms"]
    assert not norms.isVisible() and driver.window.panels["chain"].isVisible()
    before = said_by(driver.window)
    trace = session.trace
    for t in range(1, trace.steps + 1):
        for number in trace.exact["L1", "s"][t - 1].ravel():
            assert f"{abs(number):.2e}"[:4] not in before
    driver.key(Key.Key_End)
    assert session.position == session.timeline.beats + 1
    session.lesson.question.answer_number(0.0)
    driver.play(8.0)
    assert session.position == session.timeline.complete - 1


def test_a_digit_answers_and_the_keys_are_the_window_s_again(class_room):
    driver, panel = class_room(2)
    driver.key(Key.Key_4)  # there is no fourth option
    assert driver.session.lesson.asks and driver.session.experiment.cell == "tanh"
    panel.answers.buttons[1].setFocus()
    driver.key(Key.Key_2)
    driver.settle(2)
    assert driver.session.lesson.question.answered.graded.right
    assert not panel.answers.isAncestorOf(driver.window.focusWidget())
    before = driver.session.experiment
    driver.key(Key.Key_Down)
    assert driver.session.experiment == before
    driver.key(Key.Key_3)
    assert driver.session.experiment.cell == "lstm"


def test_a_number_that_is_typed_leaves_the_keys_to_the_window(class_room):
    driver, panel = class_room(1)
    panel.answers.field.setFocus()
    panel.answers.field.setText("1")
    QTest.keyClick(panel.answers.field, Key.Key_Return)
    driver.settle(2)
    before = driver.session.experiment
    for key in (Key.Key_Down, Key.Key_Up):
        driver.key(key)
    assert driver.session.experiment == before and not driver.session.lesson.asks


def test_while_a_question_waits_no_other_page_is_in_reach(class_room):
    driver, _ = class_room(0)
    pages = driver.window.pages["right"]
    driver.window.show_page("numbers")
    driver.session.lesson.show(1)
    driver.settle(2)
    assert pages.current() == "inspector" and not pages.control.isEnabled()
    driver.session.lesson.question.reveal()
    driver.settle(2)
    assert pages.control.isEnabled()


def test_the_sentence_has_the_numbers_of_the_run_on_show(class_room):
    driver, panel = class_room(0)
    before = panel.sentence.text()
    driver.session.change(w_gain=0.2)
    driver.settle(2)
    assert panel.sentence.text() == f"L is {driver.session.trace.loss:.3f}." != before


def test_a_choice_is_pressed(class_room):
    driver, panel = class_room(2)
    press(panel, "1 · 4, one an arrow")
    driver.settle(2)
    assert "Each arrow has the same one." in panel.answer.text()
    assert [button.text()[0] for button in panel.answers.buttons] == ["1", "✓"]
    assert [button.isEnabled() for button in panel.answers.buttons] == [False, True]


def test_a_click_into_the_picture_answers(class_room):
    driver, panel = class_room(4)
    chain = driver.window.panels["chain"]
    row = next(k for k, row in enumerate(chain.view.scene.rows) if row.name == "s")
    QTest.mouseClick(chain, LEFT, pos=chain.view.layout.node(row, 1).center().toPoint())
    driver.settle(2)
    assert panel.answer.text().startswith("✓")


def test_a_curve_is_drawn_with_the_mouse_and_with_keys(class_room):
    driver, panel = class_room(5)
    answers = panel.answers
    assert isinstance(answers, Draw)
    curve = answers.curve
    assert len(curve.places) == 6 and not answers.done.isEnabled()
    first, last = (curve.spot(k, 0.0).toPoint() for k in (0, 5))
    QTest.mousePress(curve, LEFT, pos=first)
    QTest.mouseMove(curve, last)
    QTest.mouseRelease(curve, LEFT, pos=last)
    assert sorted(curve.drawn) == [0, 1, 2, 3, 4, 5] and answers.done.isEnabled()
    before = curve.drawn[5]
    curve.setFocus()
    QTest.keyClick(curve, Key.Key_Down)
    assert curve.drawn[5] < before
    QTest.mouseClick(answers.done, LEFT)
    driver.settle(2)
    assert len(curve.truth) == 6 and panel.answer.text()
    drawn = [value for _, value in sorted(curve.drawn.items())]
    assert guess_on_norms(driver) == pytest.approx([each - drawn[-1] for each in drawn], abs=1e-9)
    QTest.mouseClick(curve, LEFT, pos=QPoint(first))  # what was drawn stays
    assert curve.drawn[0] == pytest.approx(0.0, abs=0.2)
    driver.session.lesson.show(0)
    driver.settle(2)
    assert guess_on_norms(driver) == []
    driver.session.lesson.show(5)
    driver.settle(2)
    assert [value for _, value in sorted(panel.answers.curve.drawn.items())] == drawn
    assert len(guess_on_norms(driver)) == 6


def guess_on_norms(driver) -> list[float]:
    """What was drawn, as the norms have it, in decades against its last value; [] where they have none."""
    norms = driver.window.panels["norms"]
    found = [curve for curve, name, _ in norms.readout(1) if name.startswith("your guess")]
    return [float(each - found[0].logs[-1]) for each in found[0].logs] if found else []


def test_whether_a_claim_holds_follows_the_run(class_room):
    driver, panel = class_room(0)
    assert panel.claims.text().startswith("✓")
    driver.session.change(w_gain=3.0, input_scale=1e-6)
    driver.settle(2)
    assert panel.claims.text().startswith("✗")


def test_it_is_shown_while_presenting(class_room):
    driver, panel = class_room(2)
    driver.key(Key.Key_F5)
    driver.settle(2)
    assert driver.window.presenting and panel.isVisible()
    driver.key(Key.Key_Escape)
    driver.settle(2)
    assert panel.isVisible()


SIZES = ((960, 600), (1024, 768), (1366, 768), (1600, 1000), (1920, 1080))


def whole(driver, panel, where) -> None:
    """Nothing of the card or of the pictures is cut, no text is shortened, and nothing lies over anything else."""
    window = driver.window
    pictures = [each for each in window.central_panels if each.isVisible()]
    boxes = [each.geometry().translated(each.parentWidget().pos()) for each in pictures] + [panel.geometry()]
    for k, one in enumerate(boxes):
        assert not any(one.intersects(other) for other in boxes[k + 1 :]), where
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.text():
            wanted = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            assert label.height() >= wanted - 1, (where, label.text())
            assert label.wordWrap() or label.width() >= label.sizeHint().width(), (where, label.text())
    page, lesson = driver.session.lesson.page, driver.session.lesson.lesson
    assert (page.again or lesson.title.en) in panel.title.text(), where
    for button in panel.findChildren(QPushButton):
        room = panel.width() - 2 * 12
        assert not button.isVisible() or button.width() >= min(button.sizeHint().width(), room) - 1, button.text()
    assert pictures[0].height() >= 150, where


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_and_nothing_overlaps(class_room, size, theme):
    driver, panel = class_room(0, size, theme)
    for step in range(driver.session.lesson.count):
        driver.session.lesson.show(step)
        driver.settle(2)
        whole(driver, panel, step)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_of_any_lesson_is_cut(drive, size, request):
    """Each lesson at one of the sizes, with --long at all of them, and after its questions are answered as well."""
    driver = drive(None, size)
    panel, lesson = driver.window.panels["lesson"], driver.session.lesson
    long = request.config.getoption("--long")
    for path, _ in lessons_there() if long else lessons_there()[SIZES.index(size) :: len(SIZES)]:
        assert lesson.open(path)
        for step in range(lesson.count):
            lesson.show(step)
            driver.settle(2)
            whole(driver, panel, (path.name, step))
            trained = lesson.asks and lesson.page.ask.kind in ("number", "paint")  # whose truth may take a training
            if long and lesson.asks and not trained:
                lesson.question.reveal()
                driver.settle(2)
                whole(driver, panel, (path.name, step, "answered"))
        lesson.leave()


def test_what_is_meant_stays_in_full_ink_and_the_rest_fades(class_room):
    driver, _ = class_room(0)
    session = driver.session
    chain = driver.window.panels["chain"]
    session.seek(session.screen.rests[-1])
    driver.settle(2)
    assert session.lesson.meant == "node L1.s 3"
    nodes = [chain.view.layout.node(chain.view.scene.names["s"], t) for t in (3, 2)]
    spots = [(round(node.center().x()), round(node.top()) + 7) for node in nodes]  # in the strips of their values

    def inks():
        image = chain.grab().toImage()
        return [image.pixel(round(x * image.devicePixelRatio()), y) for x, y in spots]

    meant, rest = inks()
    session.select(Selection("x", 1))  # something else is looked at
    driver.settle(2)
    same, brighter = inks()
    assert meant == same and rest != brighter


def lesson_path(number):
    return next(path for path, _ in lessons_there() if path.name.startswith(f"{number:02d}-"))


@pytest.mark.parametrize("size", [(960, 600), (1366, 768)])
def test_digits_stay_in_the_nodes_when_the_card_grows(drive, size):
    """Three steps of one unit by hand: every number is read while a question waits, and after its answer."""
    driver = drive(None, size)
    lesson = driver.session.lesson
    for number, step in ((3, 1), (5, 2), (5, 4)):
        assert lesson.open(lesson_path(number))
        lesson.show(step)
        driver.settle(2)
        for _ in range(2):
            painter = driver.window.panels["chain"].view.painter
            assert len(painter.digits.rows) == len(painter.scene.rows), (number, step)
            lesson.question.reveal()
            driver.settle(3)
    lesson.leave()


def test_a_step_that_stands_still_ends_what_the_one_before_plays(drive):
    driver = drive()
    lesson = driver.session.lesson
    assert lesson.open(lesson_path(0))
    driver.settle(2)
    driver.play(0.1)
    assert driver.player.playing
    lesson.show(3)
    driver.settle(2)
    driver.play(4.0)
    assert driver.session.position == driver.session.timeline.beats and driver.session.unrolled == 0.0
    lesson.leave()
    driver.play(3.0)
    assert driver.session.unrolled == 1.0


def test_a_question_can_be_tried_again_and_says_whether_one_was_sure(class_room):
    driver, panel = class_room(2)
    panel.answers.sure.setChecked(True)
    press(panel, "4, one an arrow")
    driver.settle(2)
    assert panel.answer.text().startswith("✗ You were sure of 4, one an arrow; it is 1.")
    assert panel.again.isVisible()
    press(panel, "Try again")
    driver.settle(2)
    assert driver.session.lesson.asks and not panel.again.isVisible() and not panel.answer.text()
    panel.answers.buttons[1].click()
    driver.settle(2)
    assert panel.answer.text().startswith("✓ Right.")


def test_a_hall_shows_hands_and_the_lecturer_reveals(class_room):
    driver, panel = class_room(2, (1280, 720), "projector")
    lesson, buttons = driver.session.lesson, panel.answers.buttons
    assert not panel.end.isVisible() and not panel.keep.isVisible() and not panel.answers.sure.isVisible()
    for _ in range(3):
        QTest.mouseClick(buttons[0], LEFT)
    driver.key(Key.Key_2)
    driver.settle(2)
    assert lesson.asks and lesson.question.hands == {0: 3, 1: 1}
    assert [(each.hands, each.share) for each in buttons] == [(3, 0.75), (1, 0.25)]
    assert buttons[0].text().endswith("   3")
    press(panel, "Reveal")
    driver.settle(2)
    assert (
        not lesson.asks
        and panel.answers.buttons[1].text().startswith("✓")
        and lesson.question.predictions.score == (0, 0)
    )
    driver.key(Key.Key_Escape)
    driver.settle(2)
    assert panel.end.isVisible()


def test_an_answer_does_not_break_the_title_into_two_lines(drive):
    """The key that goes on is named beside it only where both have room."""
    driver = drive(None, (1366, 768))
    panel, lesson = driver.window.panels["lesson"], driver.session.lesson
    assert lesson.open(lesson_path(31))
    driver.settle(2)
    height, place = panel.title.height(), panel.progress.text()
    lesson.question.reveal()
    driver.settle(2)
    assert panel.title.height() == height and panel.progress.text() == place == "1 / 15"
    driver.window.resize(1920, 1080)
    driver.settle(2)
    assert panel.progress.text() == "1 / 15  Space goes on" and panel.title.height() == height


def test_while_a_question_waits_no_sum_over_time_is_shown(class_room):
    driver, _ = class_room(1)
    weights, sums = driver.window.panels["weights"], driver.window.panels["inspector"].sums
    assert "hidden" in weights.sum.over.text() and weights.sum.map.empty and not sums.isVisible()
    driver.session.lesson.question.reveal()
    driver.play(6.0)
    assert "hidden" not in weights.sum.over.text() and not weights.sum.map.empty
    assert sums.isVisibleTo(sums.parentWidget())


def test_a_step_about_the_forward_pass_shows_the_network_alone(drive):
    driver = drive(None, (1366, 768))
    assert driver.session.lesson.open(lesson_path(1))
    driver.settle(2)
    assert [each.name for each in driver.window.central_panels] == ["chain"]
    assert not driver.window.panels["claim"].isVisible()  # the card says what is to be seen
    driver.session.lesson.leave()
    driver.settle(2)
    assert len(driver.window.central_panels) > 1 and driver.window.panels["claim"].isVisible()


def test_a_lesson_is_chosen_from_the_list_of_all(drive):
    driver = drive(None, (960, 600))
    driver.key(Key.Key_L, modifier=Qt.KeyboardModifier.ControlModifier)
    dialog = driver.program.finder.dialog
    assert dialog.list.columnWidth(1) >= dialog.list.sizeHintForColumn(1)  # no goal is cut
    QTest.keyClicks(dialog.field, "vanishing two")
    QTest.keyClick(dialog.field, Key.Key_Return)
    driver.settle(2)
    assert driver.window.panels["lesson"].title.text() == "9 · Vanishing: two factors"
    driver.session.lesson.leave()


def test_no_option_of_any_lesson_is_wider_than_a_narrow_card(class_room):
    driver, panel = class_room(2)
    button, most = panel.answers.buttons[0], 640
    texts = [option.text.en for _, lesson in lessons_there() for step in lesson.step if step.ask is not None
             for option in step.ask.options if option.text is not None]  # fmt: skip
    for text in texts:
        button.setText(f"1 · {text}")
        assert button.sizeHint().width() <= most, text
    assert driver.window.isVisible()


def test_every_kind_of_question_has_its_answers():
    assert set(ANSWERS) == set(get_args(get_type_hints(Ask)["kind"]))


def test_no_number_of_any_lesson_is_in_the_window_before_it_is_guessed(drive):
    """Every number that is asked for, in whatever way the program writes it, in labels, tips and for screen readers."""
    driver = drive(None, (1366, 768))
    session, asked = driver.session, 0
    for path, lesson in lessons_there():
        numbers = [k for k, step in enumerate(lesson.step) if step.ask is not None and step.ask.kind == "number"]
        if not numbers:
            continue
        assert session.lesson.open(path)
        for k in numbers:
            session.lesson.show(k)
            driver.settle(2)
            page = session.lesson.page
            assert page.number == k and session.lesson.asks
            truth = finished(parse(page.ask.truth).number(page.runs))
            if abs(truth) != round(abs(truth)):  # 1 or 14 may stand anywhere
                seen = said_by(driver.window)
                for text in (f"{truth:.2e}", f"{truth:.3f}", f"{abs(truth):.3f}"):
                    assert text.replace("-", "−") not in seen and text not in seen, (lesson.id, k, text)
                asked += 1
        session.lesson.leave()
    assert asked >= 10


@pytest.mark.parametrize(("number", "step", "lower"), [(3, 1, False), (5, 2, True), (4, 1, True)])
def test_a_question_mark_stands_where_the_number_will(drive, number, step, lower):
    driver = drive(None, (1366, 768))
    lesson = driver.session.lesson
    assert lesson.open(lesson_path(number))
    lesson.show(step)
    driver.settle(2)
    view = driver.window.panels["chain"].view
    _, name, t = lesson.meant.split(" ")
    row = view.scene.row_index(name.partition(".")[2])
    place = asked_strip(view, driver.session, lesson.meant)
    assert place == view.layout.strips(row, view.layout.node(row, int(t)))[int(lower)]
    lesson.leave()


def test_tables_of_ngrams_are_drawn_whole_at_every_size(drive):
    driver = drive()
    lesson, panel = driver.session.lesson, driver.window.panels["lesson"]
    lesson.open(lesson_named("2"))
    driver.settle(2)
    assert panel.picture is None
    step = next(k for k, step in enumerate(lesson.lesson.step) if step.tables)
    lesson.show(step)
    driver.settle(2)
    picture = panel.picture
    assert [table.counts.size for table in picture.tables] == [4, 16, 64, 256, 1024]
    assert [table.met for table in picture.tables] == [1, 4, 5, 5, 5]  # of "hello", over and over
    for size in ((960, 600), (1024, 768), (1366, 768), (1920, 1080), (2560, 1440)):
        driver.window.resize(*size)
        driver.settle(3)
        for k in range(5):
            assert picture.inner_rect().contains(picture.place(k)), size
        assert picture.geometry().bottom() < panel.height()
    lesson.show(step + 1)
    driver.settle(2)
    assert panel.picture is None


def test_a_matrix_is_painted_and_the_truth_lies_under_it(drive, tmp_path):
    driver = drive(None, (1366, 768))
    lesson, panel = driver.session.lesson, driver.window.panels["lesson"]
    assert lesson.open(lesson_file(tmp_path, PAINTED))
    driver.settle(2)
    cells, done = panel.answers.cells, panel.answers.done
    assert (cells.rows, cells.columns) == (3, 3) and cells.truth is None and not done.isEnabled()
    assert "attention" not in [each.name for each in driver.window.central_panels]
    cells.setFocus()
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Space):  # its own keys: the playhead stays
        QTest.keyClick(cells, key)
    assert cells.painted == {(0, 2)} and lesson.asks and not driver.player.playing
    QTest.mouseClick(done, LEFT)
    driver.settle(2)
    assert panel.answer.text().count("% of it lies under your cells; as many at random would cover 11 %.") == 1
    assert cells.truth is not None and cells.painted == {(0, 2)} and not done.isVisible()
    truth = cells.truth
    lesson.show(0)
    driver.settle(2)
    assert panel.answers.cells is not cells and (panel.answers.cells.truth == truth).all()
    card = panel.rect()
    assert card.contains(panel.answers.geometry()) and card.contains(panel.answer.geometry())
    lesson.leave()
