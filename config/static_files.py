"""Static files under hashed names, also inside scripts that import each other."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # without types
    """WhiteNoise's storage, which also puts hashed names into `import` lines.

    Every import in a script of ours is written `from "./name.js";` with its semicolon: Django 5.2
    finds no other.
    """

    support_js_module_import_aggregation = True
