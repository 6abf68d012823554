"""Reads the environment: one value at a time, with a clear sentence when one is wrong."""

import os
import secrets
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit


def refuse(sentence: str) -> NoReturn:
    """Ends the start with one sentence that names the variable and the cure."""
    raise SystemExit(f"Postil can't start: {sentence}")


def secret(name: str, default: str = "") -> str:
    """The value of `name`, or the stripped content of the file that `name`_FILE points to."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        refuse(f"{name}_FILE names {path}, which can't be read ({error.strerror}).")


def folder(path: Path, *, name: str) -> Path:
    """`path`, made when it is missing and proven to be writable."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        refuse(f"{name} is {path}, which can't be made ({error.strerror}). Name another folder.")
    if not os.access(path, os.W_OK | os.X_OK):
        refuse(f"{name} is {path}, where this user may not write. Change its owner, or {name}.")
    return path


def kept_key(path: Path) -> str:
    """The secret key of this blog, made at the first start and kept in `path` (mode 0600)."""
    try:
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        key = secrets.token_urlsafe(64)
        scratch = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
        # link() never replaces: of two processes that start together, both keep the first key.
        try:
            os.link(scratch, path)
        except FileExistsError:
            key = path.read_text(encoding="utf-8").strip()
        finally:
            scratch.unlink()
    except OSError as error:
        refuse(f"the secret key in {path} can't be read ({error.strerror}).")
    if len(key) < 32:
        refuse(f"the secret key in {path} is too short. Remove the file: a new one is made.")
    return key


def site_address(value: str) -> SplitResult:
    """`value` split, proven to be an http(s) address without path, query or user."""
    parts = urlsplit(value)
    try:
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
        or not port_is_right
    ):
        refuse(f"SITE_URL is “{value}”; it needs the form https://blog.example.org.")
    return parts


def email_settings(url: str) -> dict[str, object]:
    """Django's EMAIL_* settings for `url`.

    Forms: empty (no mail server), `smtp://user:password@host:port`, `smtp+tls://…`,
    `smtps://…`, `console://` (print), `file:///folder`, `memory://` (for tests).
    """
    backends = "django.core.mail.backends"
    if not url:
        return {"EMAIL_BACKEND": f"{backends}.dummy.EmailBackend"}
    parts = urlsplit(url)
    match parts.scheme:
        case "console":
            return {"EMAIL_BACKEND": f"{backends}.console.EmailBackend"}
        case "memory":
            return {"EMAIL_BACKEND": f"{backends}.locmem.EmailBackend"}
        case "file" if parts.path:
            return {
                "EMAIL_BACKEND": f"{backends}.filebased.EmailBackend",
                "EMAIL_FILE_PATH": parts.path,
            }
        case "smtp" | "smtp+tls" | "smtps" if parts.hostname:
            from urllib.parse import unquote

            return {
                "EMAIL_BACKEND": f"{backends}.smtp.EmailBackend",
                "EMAIL_HOST": parts.hostname,
                "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587}.get(parts.scheme, 465),
                "EMAIL_HOST_USER": unquote(parts.username or ""),
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
                "EMAIL_USE_SSL": parts.scheme == "smtps",
                "EMAIL_TIMEOUT": 15,  # seconds; a mail server that is down must not hold a worker
            }
    refuse("EMAIL_URL needs the form smtp+tls://user:password@mail.example.org:587.")
