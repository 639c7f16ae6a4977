"""No file is read twice because PySide looks for its own names in whatever is imported."""

import shibokensupport.feature as search

from explorer.features import unsearched


def test_what_is_imported_is_not_searched(monkeypatch, tmp_path):
    searched: list[str] = []
    monkeypatch.setattr(search, "_mod_uses_pyside", lambda module: searched.append(module.__name__))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("searched_before", "searched_after"):
        (tmp_path / f"{name}.py").write_text('"""Nothing."""\n', encoding="utf-8")
        __import__(name)  # as an import statement does; importlib asks nobody
        unsearched()
    assert "searched_before" in searched and "searched_after" not in searched
