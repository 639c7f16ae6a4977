"""Settings come back as they were, and broken ones are as good as none."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from explorer.settings import APPLICATION, ORGANISATION, Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.ini"


def test_everything_is_remembered_by_the_next_start(path):
    first = Settings(path)
    assert (first.theme, first.reduced_motion) == ("light", False)
    first.theme, first.reduced_motion = "projector", True
    first.notation = "ng"
    first.set_state("docks", QByteArray(bytes(range(256))))
    first.sync()
    second = Settings(path)
    assert (second.theme, second.reduced_motion) == ("projector", True)
    assert second.notation == "ng"
    assert second.state("docks").data() == bytes(range(256))
    assert second.state("splitter").isEmpty()


def test_a_window_gets_its_size_back(qtbot, path):
    one, other = QMainWindow(), QMainWindow()
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    one.resize(612, 433)
    Settings(path).geometry = one.saveGeometry()
    assert other.restoreGeometry(Settings(path).geometry)
    assert other.size() == one.size()
    assert not other.restoreGeometry(Settings(path.with_name("other.ini")).geometry)


@given(text=st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_broken_value_is_its_default(path, text):
    raw = QSettings(str(path), QSettings.Format.IniFormat)
    for key in ("theme", "reduced_motion", "recent_files", "state/geometry"):
        raw.setValue(key, text)
    raw.sync()
    read = Settings(path)
    assert isinstance(read.theme, str)
    assert read.reduced_motion in (True, False)
    assert isinstance(read.geometry, QByteArray)
    assert read.recent_files() == []


@pytest.mark.parametrize("stored", ["{", "7", '"yes"', "null", "[1, null, {}]", "@Variant(\\0)", ""])
def test_json_of_another_kind_is_ignored(path, stored):
    raw = QSettings(str(path), QSettings.Format.IniFormat)
    for key in ("reduced_motion", "recent_files", "state/docks"):
        raw.setValue(key, stored)
    read = Settings(path)
    assert read.reduced_motion is False
    assert read.recent_files() == []
    assert read.state("docks").isEmpty()


def test_a_file_that_is_no_settings_file_is_no_reason_to_stop(path):
    path.write_bytes(bytes(range(256)) * 4)
    assert Settings(path).theme == "light"


def test_recent_files_are_the_existing_ones_newest_first_and_at_most_eight(path, tmp_path):
    files = [tmp_path / f"é {k}.json" for k in range(10)]
    for file in files:
        file.write_text("{}", encoding="utf-8")
        Settings(path).add_recent_file(file)
    assert Settings(path).recent_files() == files[:1:-1]
    Settings(path).add_recent_file(files[5])
    assert Settings(path).recent_files()[:2] == [files[5], files[9]]
    files[9].unlink()
    assert files[9] not in Settings(path).recent_files()
    assert len(Settings(path).recent_files()) == 7
    Settings(path).set_value("recent_files", ["\0", "x" * 100_000, 3])
    assert Settings(path).recent_files() == []


def test_without_a_path_it_is_this_program_s_own_file(tmp_path):
    old = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION).fileName()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    try:
        own = Settings()
        own.theme = "dark"
        own.sync()
        assert (tmp_path / ORGANISATION / f"{APPLICATION}.ini").is_file()
        assert Settings().theme == "dark"
    finally:
        root = old.removesuffix(f"/{ORGANISATION}/{APPLICATION}.ini")
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, root)
