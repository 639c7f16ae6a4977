"""What the window does with files of lessons: opens them, follows an author's editor, and adds stops to them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog

from core.errors import InputError
from core.files.reading import read_bytes
from core.files.writing import write_text
from core.lessons.reading import LARGEST, LessonError
from core.lessons.writing import draft, new_lesson, with_stop
from explorer.session.lessons.stops import asked_of, stop_of
from explorer.window.followed import FollowedFile
from explorer.window.window import Window
from explorer.words import in_language, translator

SUFFIX = ".toml"
RECALL = "lessons/recall"  # in the settings

_tr = translator("lessons")


class LessonFiles(QObject):
    """Of one window. `stops`: the file that stops are added to, once it has been chosen."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.stops: Path | None = None
        self.followed = FollowedFile(self, window, "lesson", self._reload)
        window.session.lesson_changed.connect(self._watch)
        window.session.lesson.question.recall.set(window.settings.value(RECALL, {}))
        window.session.lesson_changed.connect(self._remember)

    # --- opening ---
    def open(self, path: Path | None = None) -> bool:
        """Opens a lesson; asks which, unless it is given. False where none was chosen, or it could not be opened."""
        if path is None:
            folder = self._window.settings.last_folder()
            name, _ = QFileDialog.getOpenFileName(self._window, _tr("Open a lesson"), folder, _kinds())
            if not name:
                return False
            path = Path(name)
        return self._session.lesson.open(path)

    def _remember(self) -> None:
        """The questions that are to come back are there at the next start."""
        owed = self._session.lesson.question.recall.owed
        if owed != self._window.settings.value(RECALL, {}):
            self._window.settings.set_value(RECALL, owed)

    def _watch(self) -> None:
        """Follows the file of the lesson that is open."""
        lesson = self._session.lesson
        self.followed.follow(lesson.path if lesson.lesson is not None else None)

    def _reload(self) -> None:
        self._session.lesson.reload()
        self._watch()  # an editor may have put another file in its place

    # --- a lecturer's stops ---
    def add_stop(self) -> bool:
        """What is on the screen as the last step of the file of stops, with a sentence that is asked for. False, with a
        message, where that cannot be."""
        session = self._session
        if session.lesson.asks:
            session.message.emit(_tr("Answer the lesson's question first; then what is shown can be a stop."))
            return False
        if self.stops is None and not self.choose_stops():
            return False
        note, given = QInputDialog.getText(
            self._window, _tr("Add this as a stop"), _tr("What is to be seen here, in one sentence:")
        )
        if not given:
            return False
        done: list[bool] = []
        session.run.when_shown(lambda: done.append(self._add(note)))
        return done == [True]

    def choose_stops(self) -> bool:
        """Asks for the file that stops are added to: a new one, or one that there is. False where none was chosen."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, _tr("The file of the stops"), str(Path(self._window.settings.last_folder()) / "stops.toml"),
            _kinds(), options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if not name:
            return False
        self.stops = Path(name) if Path(name).suffix else Path(name + SUFFIX)
        return True

    def _add(self, note: str) -> bool:
        path, session = self.stops, self._session
        assert path is not None
        try:
            before = read_bytes(path, LARGEST, "lesson").decode("utf-8") if path.exists() else new_lesson(_titled(path))
            text = with_stop(before, stop_of(session, note))
            write_text(path, text)
        except LessonError as error:
            session.message.emit(f"{path.name}:{error.line}: {in_language(error)}")
            return False
        except UnicodeDecodeError:
            session.message.emit(_tr("{name} is no text in UTF-8; choose another file.").format(name=path.name))
            self.stops = None
            return False
        except InputError as error:
            session.message.emit(in_language(error))
            return False
        count = text.count("\n[[step]]")
        said = _tr("Stop {k} is in {name}; Ctrl+Shift+L shows them.").format(k=count, name=path.name)
        session.message.emit(said)
        return True

    def start_lesson(self) -> bool:
        """Writes the first draft of a lesson from what is on the screen into a new file, and opens it. False where no
        file was chosen, or with a message where that cannot be."""
        session, window = self._session, self._window
        if session.lesson.lesson is not None:
            session.message.emit(_tr("Leave the lesson first; a new one begins with an experiment of your own."))
            return False
        folder = Path(window.settings.last_folder())
        name, _ = QFileDialog.getSaveFileName(window, _tr("A new lesson"), str(folder / "my-lesson.toml"), _kinds())
        if not name:
            return False
        title, what = _tr("Start a lesson"), _tr("What is to be seen here, in one sentence:")
        note, given = QInputDialog.getText(window, title, what)
        if not given:
            return False
        path = Path(name) if Path(name).suffix else Path(name + SUFFIX)
        done: list[bool] = []
        session.run.when_shown(lambda: done.append(self._draft(path, note)))
        return done == [True]

    def _draft(self, path: Path, note: str) -> bool:
        session = self._session
        try:
            write_text(path, draft(_titled(path), stop_of(session, note), *asked_of(session)))
        except (InputError, OSError) as error:
            session.message.emit(in_language(error))
            return False
        if not self.open(path):
            return False
        said = _tr("The draft is in {name}: edit it in any editor, the window follows when it is saved.")
        session.message.emit(said.format(name=path.name))
        return True

    def show_stops(self) -> bool:
        """Opens the file of stops; asks for one where none was chosen."""
        return self.open(self.stops)


def _titled(path: Path) -> str:
    """A lesson's title from its file's name: "tuesdays-lecture" is "Tuesdays lecture"."""
    words = " ".join(path.stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _kinds() -> str:
    return _tr("Lessons (*{suffix})").format(suffix=SUFFIX)
