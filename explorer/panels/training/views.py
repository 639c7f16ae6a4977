"""VIEWS: the pictures beside the loss: one class each for what a training records, here, and for what the network on
show does, in files of their own. A new one is a class and a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.arithmetic.matrices import symbol_of
from core.network.scan import scans_of
from core.training.run import TrainingRun
from explorer.items.training.curves import Series, UpdateCurves
from explorer.items.training.film import MatrixFilm
from explorer.items.training.map import UpdateMap
from explorer.items.training.over_updates import OverUpdates
from explorer.panels.training import others
from explorer.panels.training.classes import Classes
from explorer.panels.training.data import OnTheData
from explorer.panels.training.slice import LossSlice
from explorer.panels.training.text import Text
from explorer.panels.training.view import Outcome, View
from explorer.session.session import Session
from explorer.style.theme import Theme
from explorer.words import translator

_tr = translator("TrainingPanel")
MOST_FRAMES = 40  # of a film that are looked at


class Steps(View):
    """The gradient's norm at every step."""

    name, title = "steps", "By step"
    tip = "‖∂L/∂s_t‖ of the training batch, at every step t and update, on the fixed scale of all gradients."

    def widget(self) -> UpdateMap:
        return UpdateMap(_tr("‖∂L/∂s‖ at step t"))

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, UpdateMap)
        scan = session.trace.scan.name
        scan = scan if scan in training.watched.scan_names else training.watched.scan_names[0]
        widget.set_norms(watched_at(training), training.watched.steps(scan))


class Norms(View):
    """The gradient's norm by parameter, before and after clipping."""

    name, title = "norms", "Norms"
    tip = (
        "The norm of each parameter’s gradient, before clipping and, dashed, after it; beside trained pinned runs the "
        "norm of all parameters’ together, of each run."
    )

    def widget(self) -> UpdateCurves:
        return UpdateCurves(_tr("‖gradient‖"))

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, UpdateCurves)
        theme, watched = session.theme.enlarged, training.watched
        beside = others.gradients(session)
        if beside:  # the parameters of other cells are other ones
            norm = training.history.column("norm")
            own = Series(_tr("this run"), np.arange(len(norm)), norm, theme.ink, theme.current_curve)
            widget.set_series([*beside, own])
            return
        clipped = training.experiment.clip_norm is not None or training.experiment.clip_value is not None
        at, found = watched_at(training), []
        for k, name in enumerate(watched.parameter_names):
            colour = theme.pinned[k % len(theme.pinned)]
            label = symbol_of(session.trace, name, session.notation)
            found.append(Series(label, at, watched.norm(name), colour, theme.curve))
            if clipped:
                found.append(Series("", at, watched.used_norm(name), colour, theme.curve, dashed=True))
        widget.set_series(found)


class Spectrum(View):
    """σ_max and ρ of the recurrent matrices."""

    name, title = "spectrum", "σ, ρ"
    tip = "The largest singular value and the spectral radius of the recurrent matrix: above 1, many products grow."

    def widget(self) -> UpdateCurves:
        return UpdateCurves(_tr("Largest σ, ρ"), logarithmic=False)

    def applies(self, training: TrainingRun) -> bool:
        return bool(training.watched.matrix_names)

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, UpdateCurves)
        theme, watched = session.theme.enlarged, training.watched
        several = len(watched.matrix_names) > 1
        one = np.array([0.0, float(training.update)])
        found = [Series("", one, np.ones(2), theme.muted, theme.hairline, dashed=True)]
        for k, name in enumerate(watched.matrix_names):
            colour = theme.pinned[k % len(theme.pinned)]
            of = f" {symbol_of(session.trace, name, session.notation)}" if several else ""
            found.append(Series(f"σ{of}", watched_at(training), watched.sigma(name), colour, theme.current_curve))
            found.append(Series(f"ρ{of}", watched_at(training), watched.rho(name), colour, theme.curve, dashed=True))
        widget.set_series(found)


class MatrixStrip(View):
    """The recurrent matrix as it changes."""

    name, title = "film", "Film"
    tip = "The recurrent matrix at some of the updates, all on one scale; a click shows the network of that update."

    def widget(self) -> MatrixFilm:
        return MatrixFilm()

    def applies(self, training: TrainingRun) -> bool:
        return bool(_matrix_of(training))

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, MatrixFilm)
        frames = training.film.frames
        last = frames[-1].update
        if last != training.update:
            frames.append(training.frame())
        places = np.unique(np.linspace(0, len(frames) - 1, MOST_FRAMES).round().astype(int))
        here = next((k for k, frame in enumerate(frames) if frame.update == session.trainer.shown), 0)
        shown = [frames[k] for k in np.union1d(places, [here]).tolist()]
        name = _matrix_of(training)
        scan = next(scan for scan in scans_of(training.network) if name == f"{scan.name}.W")
        matrices = np.array([training.parameters_at(frame)[name] for frame in shown])
        several = scan.cell.named("W", matrices, matrices.shape[1])
        symbols = tuple(symbol_of(session.trace, f"{scan.name}.{each}", session.notation) for each in several)
        widget.title = ", ".join(symbols)
        widget.set_frames(np.array([frame.update for frame in shown]), matrices, symbols)


def _matrix_of(training: TrainingRun) -> str:
    """The first recurrent matrix among the learned parameters, by its stacked name; "" where there is none."""
    names = (f"{scan.name}.W" for scan in scans_of(training.network))
    return next((name for name in names if name in training.training.learned), "")


class Metric(View):
    """Accuracy or R²."""

    name, title = "metric", "Accuracy"
    tip = "How good the outputs are: accuracy, the share of right ones, or R² for numbers."

    def widget(self) -> UpdateCurves:
        return UpdateCurves(logarithmic=False)

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, UpdateCurves)
        theme, watched, validated = session.theme.enlarged, training.watched, training.validations
        widget.title = training.metric_name
        clipped = np.clip(watched.metric, -1.0, 1.0)
        found = [Series(_tr("batch"), watched_at(training), clipped, theme.muted, theme.hairline)]
        if len(validated):
            clipped = np.clip(validated.metric, -1.0, 1.0)
            found.append(Series(validation_name(training), validated.updates, clipped, theme.ink, theme.current_curve))
        widget.set_series([*found, *others.metrics(session)], limits=(0.0, 1.0))


def watched_at(training: TrainingRun) -> NDArray:
    """The networks that what is watched at an update is of: those before it, counted as on the axis."""
    return training.watched.updates - 1


VIEWS: tuple[View, ...] = (
    Steps(),
    Metric(),
    Norms(),
    Spectrum(),
    MatrixStrip(),
    LossSlice(),
    OnTheData(),
    Text(),
    Classes(),
)


def validation_name(training: TrainingRun) -> str:
    """ "validation (over 512)": what the curve of a validation is of."""
    return _tr("validation (over {n})").format(n=training.validations.sequences)


def loss_series(training: TrainingRun, theme: Theme) -> list[Series]:
    """The loss of every batch, at the network that read it, before the update; and of every validation."""
    loss = training.history.column("loss")
    validated = training.validations
    width = theme.hairline if len(validated) else theme.curve
    found = [Series(_tr("batch"), np.arange(len(loss)), loss, theme.muted, width)]
    if len(validated):
        found.append(
            Series(validation_name(training), validated.updates, validated.loss, theme.ink, theme.current_curve)
        )
    return found
