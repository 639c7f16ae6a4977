"""A lesson with one question of each kind but one, as a file, and one with a matrix to paint."""

from __future__ import annotations

from pathlib import Path

LESSON = """
id = "T1"
title = { en = "A lesson for tests" }
goal = { en = "Try each kind of question." }
answers = [{ en = "A belief." }]

[[step]]
kind = "worked"
view = "chain"
set = { steps = 5, hidden = 3 }
beats = ["fwd", "loss", "back"]
focus = "node L1.s 3"
text = { en = "L is {loss()|3}." }
[[step.claim]]
holds = "norm('L1.ds', 1) < norm('L1.ds', T)"
[[step.claim]]
holds = "loss() < 0"
set = { steps = 3 }

[[step]]
kind = "faded"
same = true
text = { en = "How far does it fall?" }
[step.ask]
id = "QN"
kind = "number"
text = { en = "By how many decades does the gradient on s fall?" }
unit = "decades"
truth = "log10(ratio('L1.ds'))"
tolerance = 0.05
wrong = [{ near = "(T-1)*log10(w_gain)", say = { en = "That is W alone." } }]
say = { en = "W and the slope take it together." }

[[step]]
kind = "faded"
same = true
text = { en = "Who feeds whom?" }
[step.ask]
id = "QC"
kind = "choice"
text = { en = "How many different W are there?" }
options = [
  { text = { en = "{T-1|whole}, one an arrow" }, say = { en = "Each arrow has the same one." } },
  { text = { en = "1" }, right = true, say = { en = "One, used {T-1|whole} times." } },
]

[[step]]
kind = "own"
same = true
set = { w_gain = 0.5 }
text = { en = "Make it grow." }
[step.act]
until = "w_gain > 1"
text = { en = "Raise g above 1." }

[[step]]
kind = "faded"
same = true
text = { en = "Where is it smallest?" }
[step.ask]
id = "QK"
kind = "click"
text = { en = "Click the state with the smallest gradient." }
options = [
  { place = "node L1.s 1", right = true },
  { place = "node L1.s 5", say = { en = "There it begins." } },
]

[[step]]
kind = "faded"
base = "BASE"
set = { cell = "identity", steps = 6, hidden = 2, w_gain = 0.9 }
text = { en = "A straight line." }
[step.pins.A]
set = { cell = "tanh" }
[step.ask]
id = "QD"
kind = "draw"
text = { en = "Draw the norm of the gradient on s over t." }
truth = "norm('L1.ds', t)"
tolerance = 0.1
curve = { variable = "t", first = "1", last = "T", decades = true }
"""


PAINTED = """
id = "T2"
title = { en = "A matrix to paint" }
goal = { en = "Paint." }
answers = [{ en = "A belief." }]

[[step]]
kind = "compare"
set = { task = "reverse", structure = "attention", loss_at = "every", steps = 3, hidden = 4, clip_norm = 1.0 }
train = { rate = 0.01, length = 20, sequences = 4 }
text = { en = "A network that reverses." }
[step.ask]
id = "QP"
kind = "paint"
text = { en = "Where will the weight lie?" }
truth = "attended()"
matrix = { rows = "T", columns = "T", down = { en = "written" }, across = { en = "read" }, above = 0.01 }
say = { en = "There it lies." }
"""


def lesson_file(folder: Path, text: str = LESSON) -> Path:
    """The file of a lesson, in a folder."""
    path = folder / "lesson.toml"
    path.write_text(text, encoding="utf-8")
    return path
