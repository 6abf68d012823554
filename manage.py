#!/usr/bin/env python
"""Runs Postil's commands: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Hands the command line to Django with Postil's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not installed here: run `make install` first.") from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # even before a command has begun: importing takes half a second
        sys.exit(130)  # what a shell says of a program that Ctrl-C has ended
