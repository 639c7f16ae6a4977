"""Digits read row by row: as a rule 28 steps of 28 pixels, and at the end the digit."""

import contextlib

import numpy as np

from core.choices import Choices
from core.errors import InputError
from core.maths.streams import stream
from core.options import Option
from core.sentence import Sentence
from core.tasks.base import Data, ImageRows, Stock, Task
from core.tasks.files import idx
from core.tasks.splits import Parts, Split, parted
from core.tasks.words import one_hot

USUAL_ROWS = 28  # of the MNIST digits
MOST_STEPS = 1000  # of an experiment


def _make(experiment: Choices) -> Data:
    """x_t = row t of an image, its bytes divided by 255; y_t = its label at every step.

    Images of any size from IDX files; fewer steps than rows read the upper part. Which images, the seed draws.
    Raises InputError where a file is not chosen, cannot be read or has changed, the two do not belong together, or the
    steps are more than the rows.
    """
    images, _ = _files(experiment)
    return _pick(experiment, stream(experiment.data_seed, "data").integers(len(images), size=experiment.batch))


def _files(experiment: Choices) -> tuple[np.ndarray, np.ndarray]:
    if not experiment.image_path:
        raise InputError("The digits task has no file of images yet; choose an IDX file (image_path).")
    if not experiment.label_path:
        raise InputError("The digits task has no file of labels yet; choose an IDX file (label_path).")
    images = idx.load_images(experiment.image_path, experiment.image_hash)
    labels = idx.load_labels(experiment.label_path, experiment.label_hash)
    idx.refuse_unequal(images, labels)
    rows = images.values.shape[1]
    if experiment.steps > rows:
        raise InputError(
            "The images have {rows} rows, but there are {steps} steps; set them to {rows}.",
            rows=rows,
            steps=experiment.steps,
        )
    return images.values, labels.values


def _parts(experiment: Choices, split: Split) -> Parts:
    return parted(len(_files(experiment)[0]), split)


def _pick(experiment: Choices, chosen: np.ndarray) -> Data:
    images, labels = _files(experiment)
    steps, units = experiment.steps, int(labels.max()) + 1
    x = images[chosen, :steps].transpose(1, 0, 2) / 255.0
    y = np.broadcast_to(one_hot(labels[chosen].astype(np.intp), units), (steps, len(chosen), units))
    pixels = tuple(f"pixel {k}" for k in range(1, x.shape[2] + 1))
    digits = tuple(map(str, range(units)))
    image = ImageRows(tuple(range(steps)))
    return Data(x, y, np.ones(steps, dtype=bool), "categorical", pixels, digits, image=image)


def _natural(experiment: Choices) -> dict[str, object]:
    """As many steps as the images have rows."""
    rows = USUAL_ROWS
    with contextlib.suppress(InputError):  # the run itself says why there are no images
        rows = idx.rows_of(experiment.image_path) if experiment.image_path else USUAL_ROWS
    return {"loss_at": "last", "steps": min(rows, MOST_STEPS)}


def _notes(experiment: Choices) -> tuple[str, ...]:
    """Says how many rows are not read, where the steps are fewer than the rows."""
    rows = idx.load_images(experiment.image_path, experiment.image_hash).values.shape[1]
    steps = 1 if experiment.structure == "1-1" else experiment.steps
    if steps >= rows:
        return ()
    return (
        Sentence(
            "{steps} of the images' {rows} rows are read, {unread} are not; at most {most} can be."
            if rows > MOST_STEPS
            else "{steps} of the images' {rows} rows are read, {unread} are not; set the steps to {rows} for all.",
            steps=steps,
            rows=rows,
            unread=rows - steps,
            most=MOST_STEPS,
        ),
    )


IMAGES = Option(
    "image_path",
    str,
    "",
    "Choose images and labels…",
    "Two IDX files, plain or gz: images and their labels.",
    makes=("data",),
)
# A hash is the sha256 of the file's bytes, or empty.
FILES = tuple(Option(name, str, "", makes=("data",)) for name in ("image_hash", "label_path", "label_hash"))
DIGITS = Task(
    "digits",
    "Digits row by row",
    "Read an image one row of pixels at a time and say which digit it shows.",
    _make,
    natural=_natural,
    options=(IMAGES, *FILES),
    files=("image_path", "label_path"),
    reading=lambda experiment: idx.reading(experiment.image_path, experiment.label_path),
    notes=_notes,
    stock=Stock(_parts, _pick),
)
