import os
import subprocess
import sys
from pathlib import Path

import pytest

FOREGROUND = Path(__file__).resolve().parents[2] / "tools" / "foreground.py"
# Gives its arguments a terminal of their own and passes on what is typed into standard input.
TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])) % 256)"
SERVER = """
import os, signal
signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"goodbye"), os._exit(0)))
os.write(1, b"ready\\n")
while True: signal.pause()
"""


def start_in_a_terminal(folder, command):
    (folder / "server.py").write_text(SERVER)
    (folder / "Makefile").write_text(f"run:\n\t@exec {command}\n")
    # This make is nobody's child, though `make test` may have started us.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL, "make", "run"],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert b"ready" in process.stdout.readline()
    return process


def test_ctrl_c_ends_the_command_and_make_calls_it_a_success(tmp_path):
    server = f"{sys.executable} {FOREGROUND} {sys.executable} server.py"
    process = start_in_a_terminal(tmp_path, server)

    output, _ = process.communicate(b"\x03", timeout=30)

    assert (output.decode().split(), process.returncode) == (["^Cgoodbye"], 0)


@pytest.mark.parametrize("status", [0, 3])
def test_without_a_terminal_the_status_is_the_commands(status):
    command = [sys.executable, "-c", f"raise SystemExit({status})"]

    result = subprocess.run(
        [sys.executable, FOREGROUND, *command], start_new_session=True, check=False
    )

    assert result.returncode == status
