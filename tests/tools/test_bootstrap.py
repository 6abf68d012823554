import sys
from pathlib import Path

import pytest

from tools import bootstrap


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose `.venv` works; pip, which would ask the network, only notes its lock."""
    installed = []
    (tmp_path / "requirements").mkdir()
    for name in ("runtime.txt", "dev.txt"):
        (tmp_path / "requirements" / name).write_text(f"{name} 1")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "MARKER", tmp_path / "installed-locks.json")
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(bootstrap, "install_with_uv", lambda lock: False)
    monkeypatch.setattr(bootstrap, "install_with_pip", lambda lock: installed.append(lock.name))
    return tmp_path, installed


def test_second_run_installs_nothing(checkout):
    _, installed = checkout

    bootstrap.install("runtime")
    bootstrap.install("runtime")

    assert installed == ["runtime.txt"]


def test_development_environment_serves_the_runtime_too_but_not_the_other_way(checkout):
    _, installed = checkout

    bootstrap.install("runtime")
    bootstrap.install("dev")
    bootstrap.install("runtime")

    assert installed == ["runtime.txt", "dev.txt"]


def test_changed_lock_is_installed(checkout):
    folder, installed = checkout
    bootstrap.install("runtime")

    (folder / "requirements" / "runtime.txt").write_text("runtime.txt 2")
    bootstrap.install("runtime")

    assert installed == ["runtime.txt", "runtime.txt"]


def test_interrupted_installation_is_taken_up_again(checkout, monkeypatch):
    folder, installed = checkout
    bootstrap.install("runtime")
    (folder / "requirements" / "runtime.txt").write_text("runtime.txt 2")

    def interrupt(lock):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "install_with_pip", interrupt)
        status = bootstrap.main(["runtime"])
    bootstrap.install("runtime")

    assert status == 130
    assert installed == ["runtime.txt", "runtime.txt"]


def test_moved_checkout_gets_a_fresh_environment(checkout, monkeypatch):
    folder, _ = checkout
    made = []
    monkeypatch.setattr(bootstrap, "make_environment", lambda: made.append(bootstrap.VENV))
    bootstrap.install("runtime")

    monkeypatch.setattr(bootstrap, "VENV", folder / "elsewhere" / ".venv")
    bootstrap.install("runtime")

    assert made == [folder / "elsewhere" / ".venv"]


def test_old_python_is_refused_with_the_cure(checkout, monkeypatch, capsys):
    folder, installed = checkout
    monkeypatch.setattr(bootstrap, "PYTHON", folder / "missing")
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 0))

    status = bootstrap.main(["runtime"])

    assert (status, installed) == (1, [])
    assert "Python 99.0 or later is needed" in capsys.readouterr().err


def test_only_stale_catalogues_are_compiled(checkout, capsys):
    folder, _ = checkout
    source = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid "Post"\nmsgstr "博文"\n', encoding="utf-8")

    bootstrap.compile_messages()
    first = capsys.readouterr().out
    bootstrap.compile_messages()
    second = capsys.readouterr().out

    assert source.with_suffix(".mo").exists()
    assert (first, second) == ("Compiling translations: zh_Hans …\n", "")
