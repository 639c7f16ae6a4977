"""How far a long job has come, over the pictures, with a button that cancels it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from explorer.session.work import Work
from explorer.widgets.passing import make_passing

SOON_MS = 50  # a job that is over by then is not shown
MARGIN = 8  # px to the edge of what it lies over
BAR = 160  # px


class Progress(QFrame):
    """A slim bar over a widget, at the middle of its upper edge, so that nothing moves when it comes and goes."""

    def __init__(self, works: tuple[Work, ...], over: QWidget) -> None:
        """Of several that are busy the first is shown."""
        super().__init__(over)
        self._works, self._over = works, over
        self.setProperty("card", True)
        make_passing(self)
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(BAR)
        self.percent = QLabel()
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("The job under way.\nA click cancels it (Esc)."))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(self.give_up)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 6, 5)
        layout.setSpacing(10)
        for widget in (self.title, self.bar, self.percent, self.cancel):
            layout.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SOON_MS)
        self._timer.timeout.connect(self._appear)
        over.installEventFilter(self)
        for work in works:
            work.changed.connect(self._on_changed)
        self.hide()

    @property
    def _work(self) -> Work | None:
        return next((work for work in self._works if work.busy), None)

    def give_up(self) -> bool:
        """Cancels what is shown, or is about to be; False where there is nothing."""
        work = self._work
        if work is not None:
            work.cancel()
        return work is not None

    def _on_changed(self) -> None:
        work = self._work
        if work is None:
            self._timer.stop()
            self.hide()
            return
        if self.isHidden():
            if work.slow:
                self._appear()
            elif not self._timer.isActive():
                self._timer.start()
            return
        self._fill(work)

    def _appear(self) -> None:
        work = self._work
        if work is not None:
            self._fill(work)
            self._place()
            self.show()
            self.raise_()

    def _fill(self, work: Work) -> None:
        """Title and percent, for the eye and for a screen reader; only what is another."""
        percent, title = int(100 * min(max(work.done, 0.0), 1.0)), work.title
        if (title, percent) == (self.title.text(), self.bar.value()) and self.percent.text():
            return
        self.title.setText(title)
        self.bar.setValue(percent)
        self.percent.setText(self.tr("{percent} %").format(percent=percent))
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %"))
        self.setAccessibleName(self.tr("{title}: {percent} percent").format(title=title, percent=percent))
        self.bar.setAccessibleName(title)
        self.cancel.setAccessibleName(self.tr("Cancel: {title}").format(title=title))
        if self.isVisible():
            self._place()

    def _place(self) -> None:
        room = self._over.width() - 2 * MARGIN
        size = self.sizeHint().expandedTo(self.minimumSizeHint())
        width = min(size.width(), room)
        self.setGeometry((self._over.width() - width) // 2, MARGIN, width, size.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
