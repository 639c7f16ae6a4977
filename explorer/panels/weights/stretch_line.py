"""The line under W: how much it stretches, or the entry under the mouse."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.arithmetic.matrices import Matrix
from core.maths.arrays import spectral_radius
from explorer.panels.weights import words

AT_ONCE, REST_MS = 64, 200  # rows of W whose eigenvalues are no wait; larger ones have theirs when it rests


class StretchLine(QLabel):
    """σ_max, σ_min and ρ of a matrix. Of a large one they are worked out once it has rested for a moment."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "small")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._matrix: Matrix | None = None
        self._found: tuple[float, float, float | None] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._work_out)

    def set_matrix(self, matrix: Matrix) -> None:
        """Another matrix."""
        self._matrix, self._found = matrix, None
        if max(matrix.values.shape) <= AT_ONCE:
            self._work_out()
        else:
            self.write()
            self._rest.start()

    def write(self, text: str = "") -> None:
        """A text in place of what is known of the matrix; without one, that."""
        if not text and self._found is not None and self._matrix is not None:
            text = words.spectrum_text(self._found)
            self.setToolTip(words.spectrum_tip(self._matrix.symbol, self._found))
        self.setText(text)

    def _work_out(self) -> None:
        self._rest.stop()
        if self._matrix is None:
            return
        values = self._matrix.values
        if np.isfinite(values).all():
            sizes = np.linalg.svd(values, compute_uv=False)
            square = values.shape[0] == values.shape[1]
            self._found = float(sizes[0]), float(sizes[-1]), spectral_radius(values) if square else None
        self.write()
