"""Files on this machine's disk, each there whole or not at all."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """Django's storage, but a name appears only when all its bytes are on disk: neither a reader
    nor a power cut meets half a file.
    """

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        scratch = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with scratch.open("xb") as target:
                for chunk in content.chunks():
                    target.write(chunk if isinstance(chunk, bytes) else chunk.encode())
                target.flush()
                os.fsync(target.fileno())
            if self.file_permissions_mode is not None:
                scratch.chmod(self.file_permissions_mode)
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        return name.replace("\\", "/")
