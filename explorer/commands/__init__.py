"""COMMANDS: the visible list of the words after main.py. A new command is one file and one line here."""

from explorer.commands.arrays import ARRAYS
from explorer.commands.base import Command
from explorer.commands.bench import BENCH
from explorer.commands.check import CHECK
from explorer.commands.equations import EQUATIONS
from explorer.commands.examples import EXAMPLES
from explorer.commands.exercise import EXERCISE
from explorer.commands.gallery import GALLERY
from explorer.commands.lesson import LESSON
from explorer.commands.listing import LIST
from explorer.commands.recorder import RECORDER
from explorer.commands.render import RENDER
from explorer.commands.reproduce import REPRODUCE
from explorer.commands.sample import SAMPLE
from explorer.commands.sweep import SWEEP
from explorer.commands.texts import TEXTS
from explorer.commands.trace import TRACE
from explorer.commands.train import TRAIN
from explorer.commands.weights import WEIGHTS
from explorer.commands.worksheet import WORKSHEET

COMMANDS: tuple[Command, ...] = (
    TRACE, TRAIN, SAMPLE, SWEEP, REPRODUCE, RENDER, GALLERY, EXAMPLES, LIST, EQUATIONS, WORKSHEET, WEIGHTS, BENCH,
    LESSON, ARRAYS, CHECK, EXERCISE, RECORDER, TEXTS,
)  # fmt: skip
