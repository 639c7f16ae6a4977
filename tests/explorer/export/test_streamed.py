"""An animation is on the disk as it is drawn: of its frames two are whole at once, and the one that is being drawn."""

from __future__ import annotations

import weakref

import pytest
from PIL import Image

from core.experiment import Experiment
from explorer.export import picture


@pytest.mark.slow
def test_the_frames_of_an_animation_are_written_while_it_is_drawn(qapp, tmp_path, monkeypatch):
    alive: list[weakref.ref[Image.Image]] = []
    most, sizes = 0, []
    draw = picture._frame

    def frame(window, palette):
        nonlocal most
        made = yield from draw(window, palette)
        alive.append(weakref.ref(made))
        most = max(most, sum(each() is not None for each in alive))
        return made

    monkeypatch.setattr(picture, "_frame", frame)
    path = tmp_path / "run.gif"
    for _ in picture.Drawing(Experiment(steps=10, hidden=2), path, (320, 240)).job():
        sizes += [new.stat().st_size for new in tmp_path.glob(".run.gif.*.new")]
    assert len(alive) == 24 and most <= 3
    seen = sorted(set(sizes))
    assert seen == list(dict.fromkeys(sizes)) and len(seen) >= 4  # it grows, by what the system buffers at once
    assert path.stat().st_size >= seen[-1] and list(tmp_path.iterdir()) == [path]
