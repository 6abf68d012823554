"""Run a command so that Ctrl-C reaches it and not `make`: `python3 foreground.py COMMAND …`.

A terminal sends Ctrl-C to every process of its foreground group. `make` is one of them, and it
always answers with an error line and a failure, however well the command ended. So the command
gets a group of its own and the terminal, as a shell does it for a job. Without a terminal of its
own there is nothing to hand over, and the command simply takes this process's place.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType


def main(command: list[str]) -> int:
    """Run `command` and return its exit status (128 + number when a signal ended it)."""
    terminal = own_terminal()
    if terminal is None:
        os.execvp(command[0], command)
    # Handing the terminal back is done from the background, where it would stop this process.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(command[0], command)

    def pass_on(number: int, frame: FrameType | None) -> None:
        os.killpg(child, number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, pass_on)
    return follow(child, terminal)


def own_terminal() -> int | None:
    """The controlling terminal, when this process is in its foreground; else None."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
        return terminal if os.tcgetpgrp(terminal) == os.getpgrp() else None
    except OSError:
        return None


def follow(child: int, terminal: int) -> int:
    """Wait for `child`, stopping and going on together with it; its exit status."""
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        with suppress(OSError):  # the terminal may be gone, and the command ended for that
            os.tcsetpgrp(terminal, os.getpgrp())
        if not os.WIFSTOPPED(status):
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        os.killpg(0, signal.SIGSTOP)  # Ctrl-Z: the shell sees all of us stopped
        os.tcsetpgrp(terminal, child)
        os.killpg(child, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
