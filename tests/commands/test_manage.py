"""`manage.py` itself."""

import runpy

import pytest
from django.conf import settings
from django.core import management


def test_ctrl_c_ends_any_command_quietly_with_130(monkeypatch, capsys):
    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(management, "execute_from_command_line", interrupted)

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(settings.BASE_DIR / "manage.py"), run_name="__main__")

    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")
