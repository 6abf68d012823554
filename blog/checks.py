"""What `manage.py check` and every start look at."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections

SQLITE_PROMISES = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def sqlite_keeps_its_promise(
    app_configs: Sequence[AppConfig] | None = None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[checks.CheckMessage]:
    """An error for each pragma without which an acknowledged comment could be lost."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "sqlite":
            continue
        with connection.cursor() as cursor:
            for pragma, wanted in SQLITE_PROMISES.items():
                cursor.execute(f"PRAGMA {pragma}")
                value = cursor.fetchone()[0]
                if value != wanted:
                    found.append(
                        checks.Error(
                            f"SQLite runs with {pragma}={value}, not {wanted}: "
                            "an acknowledged comment could be lost.",
                            hint="Put DATA_DIR on a local disk.",
                            id="blog.E001",
                        )
                    )
    return found


def connect() -> None:
    """Registers the checks of this module."""
    checks.register(sqlite_keeps_its_promise, checks.Tags.database)
