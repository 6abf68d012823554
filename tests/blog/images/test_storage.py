"""Files are there whole or not at all."""

import pytest
from django.core.files.base import ContentFile

from blog.images.storage import WholeFiles


class Torn(ContentFile):  # type: ignore[type-arg]  # takes none at runtime
    def chunks(self, chunk_size=None):
        yield b"the first half"
        raise OSError(28, "No space left on device")


def test_file_that_could_not_be_written_leaves_nothing(tmp_path):
    storage = WholeFiles(location=tmp_path)

    with pytest.raises(OSError, match="No space"):
        storage.save("library/a.png", Torn(b""))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_names_never_collide(tmp_path):
    storage = WholeFiles(location=tmp_path)

    names = [storage.save("a.png", ContentFile(content)) for content in (b"one", b"two")]

    assert len(set(names)) == 2
    assert [(tmp_path / name).read_bytes() for name in names] == [b"one", b"two"]
