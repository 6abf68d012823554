"""Make `.venv` hold what a lock in `requirements/` names: `python3 tools/bootstrap.py runtime|dev`.

Uses the standard library only, because it runs before anything is installed. A second run that
has nothing to do ends at once: the digests of the installed locks are kept in `.venv`, written
last, so an interrupted run is simply taken up again.

Set `dev` includes `runtime`. Nothing outside the checkout is written.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MARKER = VENV / "installed-locks.json"
OLDEST_PYTHON = (3, 11)
LOCKS_BY_SET = {"runtime": ("runtime.txt",), "dev": ("runtime.txt", "dev.txt")}
PROGRESS_SECONDS = 5  # often enough to see that it lives, seldom enough to read


class CannotSetUp(Exception):
    """Set-up is impossible here; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Bring `.venv` and the compiled catalogues up to date; 0, or 1 after one sentence."""
    wanted = arguments[0] if arguments else "runtime"
    try:
        if wanted not in LOCKS_BY_SET:
            raise CannotSetUp(f"Unknown set {wanted!r}: choose runtime or dev.")
        install(wanted)
        compile_messages()
    except CannotSetUp as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def install(wanted: str) -> None:
    """Install the lock of set `wanted` unless exactly that is installed already."""
    digests, installed = lock_digests(wanted), installed_digests()
    # A checkout that was moved has commands that point to where it was: it is made anew.
    works = environment_works() and installed.get("place", str(VENV)) == str(VENV)
    # A development environment holds the runtime too, so `make run` leaves it alone.
    if works and digests.items() <= installed.items():
        return
    if not works:
        check_python()
    started_at = time.monotonic()
    lock = ROOT / "requirements" / LOCKS_BY_SET[wanted][-1]
    MARKER.unlink(missing_ok=True)
    if not works:
        make_environment()
    say(f"Installing the packages of requirements/{lock.name} …")
    if not install_with_uv(lock):
        install_with_pip(lock)
    MARKER.write_text(json.dumps({**digests, "place": str(VENV)}))
    say(f"Installed in {time.monotonic() - started_at:.0f} s.")


def lock_digests(wanted: str) -> dict[str, str]:
    """SHA-256 of each lock that set `wanted` stands on, by file name."""
    locks = [ROOT / "requirements" / name for name in LOCKS_BY_SET[wanted]]
    return {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks}


def installed_digests() -> dict[str, str]:
    """Digests of the locks `.venv` was last filled from, and its place; empty when unknown."""
    try:
        return dict(json.loads(MARKER.read_text()))
    except (OSError, ValueError):
        return {}


def environment_works() -> bool:
    """Is there a `.venv` whose Python starts, is new enough and has pip?

    False too after the system's Python moved on to another version: that one looks for its
    packages elsewhere.
    """
    probe = (
        "import importlib.util, sys;"
        f"sys.exit(sys.version_info < {OLDEST_PYTHON} or not importlib.util.find_spec('pip'))"
    )
    try:
        result = subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False)
    except OSError:
        return False
    return result.returncode == 0


def check_python() -> None:
    """Refuse with a sentence when this Python is too old or can make no environment."""
    if sys.version_info < OLDEST_PYTHON:
        raise CannotSetUp(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or later is needed, and {sys.executable} "
            f"is {sys.version.split()[0]}. Install a newer one and name it: "
            "make PYTHON=python3.13 run"
        )
    try:
        import ensurepip  # noqa: F401  without it venv would fail half-way
        import venv  # noqa: F401
    except ImportError:
        raise CannotSetUp(
            "This Python lacks the modules venv and ensurepip. On Debian and Ubuntu: "
            "apt install python3-venv"
        ) from None


def make_environment() -> None:
    """A fresh `.venv` with pip, in place of an absent or broken one."""
    import venv

    say(f"Making .venv with Python {sys.version.split()[0]} …")
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotSetUp(f"Could not make .venv: {error}") from None


def install_with_uv(lock: Path) -> bool:
    """True when uv is on the PATH and installed everything; it is faster, never needed."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes"]
    result = subprocess.run(
        [*command, "--only-binary", ":all:", "-r", str(lock)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        # uv reads neither pip's settings nor, always, the system's certificates.
        say("uv could not install them; trying pip …")
    return result.returncode == 0


def install_with_pip(lock: Path) -> None:
    """Install `lock` with pip, telling now and then how far it is."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    lines: list[str] = []
    fetched_count = 0
    told_at = time.monotonic()
    with subprocess.Popen(
        [
            *command,
            "--require-hashes",
            "--only-binary=:all:",
            "--progress-bar=off",
            "-r",
            str(lock),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            fetched_count += line.startswith(("Collecting ", "Requirement already satisfied"))
            if line.startswith("Installing collected packages"):
                say("  all fetched and checked, unpacking …")
                told_at = math.inf
            elif time.monotonic() - told_at > PROGRESS_SECONDS:
                told_at = time.monotonic()
                say(f"  {fetched_count} packages fetched …")
    if process.returncode != 0:
        raise CannotSetUp("".join(lines[-15:]) + "\nThe packages could not be installed.")


def compile_messages() -> None:
    """Compile every translation whose source is newer than its compiled form."""
    sources = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
    stale = [source for source in sources if is_newer(source, source.with_suffix(".mo"))]
    if not stale:
        return
    say(f"Compiling translations: {', '.join(source.parts[-3] for source in stale)} …")
    script = Path(__file__).with_name("messages.py")
    if subprocess.run([PYTHON, script, *stale], check=False).returncode != 0:
        raise CannotSetUp("The translations could not be compiled.")


def is_newer(source: Path, product: Path) -> bool:
    """Was `source` changed since `product` was made, or was it never made?"""
    return not product.exists() or product.stat().st_mtime_ns < source.stat().st_mtime_ns


def say(text: str) -> None:
    """One line of progress, shown at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
