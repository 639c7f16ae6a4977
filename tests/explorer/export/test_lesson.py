"""A lesson as slides and as a film: a page of each question before it is answered, and of what each step comes to."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from core.errors import InputError
from core.jobs import finished
from explorer.export.lesson import READ_MS, drawing
from tests.explorer.lesson_files import LESSON, lesson_file

SHORT = LESSON[: LESSON.index('[[step]]\nkind = "own"')]  # three steps, two of them ask
SIZE = (640, 480)


def test_slides_are_a_page_a_question_and_a_page_a_step(qapp, tmp_path):
    out = tmp_path / "slides.pdf"
    assert finished(drawing(lesson_file(tmp_path, SHORT), out, SIZE)) == 5
    content = out.read_bytes()
    assert content.startswith(b"%PDF") and len(re.findall(rb"/Type */Page\b", content)) == 5


def test_a_film_plays_what_the_steps_play_and_rests_where_they_do(qapp, tmp_path):
    out = tmp_path / "film.gif"
    count = finished(drawing(lesson_file(tmp_path, SHORT), out, SIZE, "dark"))
    with Image.open(out) as film:
        shown = []
        for k in range(film.n_frames):
            film.seek(k)
            shown.append(film.info["duration"])
    # Frames that are the same are one, and last as long as both.
    assert sum(shown) >= 5 * READ_MS and len(shown) <= count and sum(each >= READ_MS for each in shown) >= 4


@pytest.mark.parametrize(("name", "text", "said"), [("a.png", SHORT, "pdf"), ("a.pdf", "id = 1\n", "lesson.toml:1")])
def test_what_cannot_be_drawn_is_one_sentence_and_no_file(qapp, tmp_path, name, text, said):
    with pytest.raises(InputError, match=said):
        finished(drawing(lesson_file(tmp_path, text), tmp_path / name, SIZE))
    assert not (tmp_path / name).exists()
