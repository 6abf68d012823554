"""What every test starts from: a folder of its own for data, the default settings, a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings
from django.test import override_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Route

# Tests see the defaults, whatever the shell or .env of a developer says; only the database is
# chosen outside. An empty value is as good as none, and keeps .env from filling it.
os.environ |= {
    "ALLOWED_HOSTS": "",
    "CACHE_URL": "",
    "DEBUG": "false",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "EMAIL_URL": "",
    "FROM_EMAIL": "",
    "PAGE_CACHE_MB": "32",
    "PAGE_DISK_MB": "0",
    "SECRET_KEY": f"known-to-everybody-{'0123456789' * 5}",
    "SECRET_KEY_FALLBACKS": "",
    "SITE_URL": "http://127.0.0.1:8000",
    "TRUSTED_PROXIES": "",
}
os.environ |= {
    f"{secret}_FILE": ""
    for secret in ("DATABASE_URL", "EMAIL_URL", "SECRET_KEY", "SECRET_KEY_FALLBACKS")
}
os.environ.setdefault("DATABASE_URL", "")
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
if not IS_WORKER:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="postil-test-")
# Not left to pytest-django's setting in pyproject.toml: that reads the settings before this module.
django.setup()


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What the guard below does not see, such as a look-up ahead of a click, finds no host.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
OUR_HOSTS = {"127.0.0.1", "localhost"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list[Any]) -> None:
    """Each worker gets its own folder for data, before its settings are read."""
    for spec in specs:
        spec.env["DATA_DIR"] = str(Path(os.environ["DATA_DIR"], spec.id))


def pytest_unconfigure() -> None:
    if not IS_WORKER:
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


def browser_path() -> str | None:
    """Where Chromium or a sibling is installed; None when it is not."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not browser_path():
        reason = "no Chromium on this machine: apt install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def quick_settings(django_test_environment: None) -> Iterator[None]:
    """Passwords hashed quickly, static files under their plain names; all else as it ships."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={**settings.STORAGES, "staticfiles": plain},
    ):
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window; one for all tests of a process."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop running in this thread, which Django takes for asynchronous
    # code and refuses the database. It runs until the fixture ends, and so does the permission.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        arguments = BROWSER_ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def foreign_requests() -> list[str]:
    """Addresses on other hosts that pages of `open_context` asked for; none was let through."""
    return []


@pytest.fixture
def open_context(
    chromium: Browser, foreign_requests: list[str]
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes fresh visitors: `open_context(java_script_enabled=False).new_page()`.

    Fails at the end when a page asked another host for anything; a test that expects it clears
    `foreign_requests`.
    """
    contexts = []

    def guard(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https"} and address.hostname not in OUR_HOSTS:
            foreign_requests.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(**options)
        context.route("**/*", guard)
        contexts.append(context)
        return context

    yield open_one

    for context in contexts:
        context.close()
    assert foreign_requests == []
