import pytest


@pytest.fixture(autouse=True)
def work(tmp_path, monkeypatch):
    """Every sweep is started in a directory of its own, outside any work tree."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path
