"""Compile gettext catalogues without gettext: `python messages.py FILE.po …`."""

from __future__ import annotations

import sys
from pathlib import Path

import polib


def compile_catalogue(source: Path) -> Path:
    """Write the compiled form of `source` beside it and return its path.

    Fuzzy, obsolete and empty entries are left out, so the English source shows through. A server
    that starts meanwhile reads either the old file or the whole new one.

    Raises:
        OSError: `source` is unreadable or no catalogue (polib names the line).
    """
    product = source.with_suffix(".mo")
    draft = product.with_suffix(".mo.new")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    draft.replace(product)
    return product


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        try:
            compile_catalogue(Path(argument))
        except OSError as error:
            sys.exit(f"{argument}: {error}")
