"""Files that are broken, foreign or made to harm: one sentence each, and nothing read."""

import io
import stat
import struct
import zipfile
from itertools import pairwise

import pytest

from blog import interchange
from blog.interchange import xmlstream, zips
from blog.interchange.records import ItemKind
from tests.blog.interchange.exports import (
    OLD,
    SETTINGS_CSV,
    TAKEOUT,
    entry,
    feed,
    refusal,
    write,
)

NO_DOCTYPE = (
    "The file has a document type declaration (<!DOCTYPE …>). No export of a blog has one, and it "
    "can be used for an attack, so nothing was read."
)


def archive(tmp_path, files, **how):
    path = tmp_path / "takeout.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **how) as made:
        for name, data in files:
            made.writestr(name, data)
    return path


@pytest.mark.parametrize("data", [b"", b" \n\n "])
def test_empty_file_is_refused(tmp_path, data):
    assert refusal(write(tmp_path, data)) == "The file is empty."


@pytest.mark.parametrize("data", [b"hello", b'{"posts": []}', b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_is_no_xml_is_refused(tmp_path, data):
    path = write(tmp_path, data)

    assert refusal(path) == "The file is no XML, so it is no export of a blog."


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE feed>",
        "<!DOCTYPE feed SYSTEM 'http://127.0.0.1:9/evil.dtd'>",
        "<!DOCTYPE feed [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE feed [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/p'> %p;]>",
        "<!DOCTYPE feed [<!ENTITY a 'ha'>"
        + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in pairwise("abcdefghi"))
        + "]>",
        f"<!DOCTYPE feed [<!ENTITY a '{'x' * 100_000}'>]>",
    ],
)
def test_document_type_is_refused(tmp_path, declaration):
    path = write(tmp_path, declaration + feed(entry(inside="<title>&i;&x;&a;</title>")))

    assert refusal(path) == NO_DOCTYPE


def test_truncated_file_is_refused_wherever_it_ends(tmp_path):
    whole = OLD.read_bytes()
    lines = whole.count(b"\n")

    for length in (60, 1_000, len(whole) // 2, len(whole) - 3):
        sentence = refusal(write(tmp_path, whole[:length]))
        assert sentence.startswith("The file ends in the middle, at line "), length
        assert 1 <= int(sentence.split("line ")[1].split(".")[0]) <= lines


def test_damaged_xml_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, feed(entry(), "\n\n<entry></feed>"))

    assert refusal(path) == (
        "The file is no correct XML: at line 3, mismatched tag. Nothing was imported."
    )


@pytest.mark.parametrize("name", ["rss", "html", "opml"])
def test_xml_of_another_kind_is_refused(tmp_path, name):
    path = write(tmp_path, f"<?xml version='1.0'?><{name}><channel/></{name}>")

    assert refusal(path) == (
        f"The file is XML, but no export of a blog: its outermost element is “{name}”."
    )


def test_atom_in_another_namespace_is_refused(tmp_path):
    path = write(tmp_path, "<feed xmlns='http://feeds.example/not-atom'><entry/></feed>")

    assert "outermost element is “feed”" in refusal(path)


def test_atom_of_another_system_is_refused(tmp_path):
    path = write(
        tmp_path,
        "<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><entry><id>urn:y</id></entry>"
        "</feed>",
    )

    assert refusal(path) == "The file is an Atom feed, but not the export of a Blogger blog."


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("utf-7", "The file is written in an encoding that is not known here: utf-7."),
        ("idna", "The file is written in an encoding that is not known here: idna."),
        ("ascii", "The file says that it is written in ascii, but it is not."),
    ],
)
def test_strange_encoding_is_refused(tmp_path, encoding, sentence):
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + feed(entry(inside="<title>é</title>"))

    assert refusal(write(tmp_path, text)) == sentence


def test_deep_nesting_is_refused(tmp_path):
    path = write(tmp_path, feed(entry(inside="<a>" * 500 + "</a>" * 500)))

    assert refusal(path) == "The elements of the file are nested too deeply."


def test_endless_tag_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xmlstream, "MAX_TOKEN_CHARS", 200_000)
    path = write(tmp_path, feed(entry(inside=f"<a b='{'x' * 500_000}'/>")))

    assert refusal(path) == "The file holds a tag that is too long to be honest."


def test_item_of_endless_parts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xmlstream, "MAX_ITEM_NODES", 1_000)
    path = write(tmp_path, feed(entry(inside="<a/>" * 1_001)))

    assert refusal(path) == "An item of the file has too many parts."


def test_endless_text_is_left_out_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(xmlstream, "MAX_ITEM_CHARS", 1_000)
    path = write(tmp_path, feed(entry(1, content=f"<content>{'x' * 5_000}</content>"), entry(2)))

    with interchange.detect(path) as reader:
        numbers = [post.number for post in reader.posts()]
        left_out = [item.source_id for item in reader.skipped()]

    assert (numbers, left_out) == ([2], ["tag:blogger.com,1999:blog-7.post-1"])


def test_missing_file_and_folder_are_refused(tmp_path):
    assert refusal(tmp_path / "nothing.xml") == "There is no file nothing.xml."
    assert refusal(tmp_path) == f"{tmp_path.name} is a folder; name the file inside."


# --- Archives ------------------------------------------------------------------------------------


def test_archive_is_read_without_its_themes_and_mac_files(tmp_path):
    path = archive(
        tmp_path,
        [
            ("Takeout/Blogger/Blogs/Lamp/theme-classic.html", "<script>themeScript</script>"),
            ("__MACOSX/Takeout/Blogger/Blogs/Lamp/._feed.atom", b"\x00\x05\x16\x07"),
            ("Takeout/Blogger/Blogs/Lamp/._feed.atom", b"\x00\x05\x16\x07"),
            ("Takeout/Blogger/Blogs/Lamp/feed.atom", TAKEOUT.read_bytes()),
            ("Takeout/Blogger/Blogs/Lamp/settings.csv", SETTINGS_CSV),
            ("Takeout/Blogger/Albums/Lamp/one.jpg", b"jpeg"),
            ("Takeout/Blogger/Albums/Lamp/two.PNG", b"png"),
            ("../../evil.xml", b"<feed/>"),
        ],
    )

    with interchange.detect(path) as packed, interchange.detect(TAKEOUT) as plain:
        assert [post.source_id for post in packed.posts()] == [
            post.source_id for post in plain.posts()
        ]
        assert list(packed.comments()) == list(plain.comments())
        assert packed.blog().time_zone == "Asia/Taipei"
        media = [item for item in packed.skipped() if item.kind == ItemKind.MEDIA]

    assert [item.title for item in media] == ["2 pictures and films of the archive"]
    assert not (tmp_path.parent.parent / "evil.xml").exists()


def test_one_of_several_blogs_must_be_named(tmp_path):
    path = archive(
        tmp_path,
        [
            ("Takeout/Blogger/Blogs/Lamp/feed.atom", TAKEOUT.read_bytes()),
            ("Takeout/Blogger/Blogs/River/feed.atom", OLD.read_bytes()),
        ],
    )

    sentence = refusal(path)
    with interchange.detect(path, blog="River") as reader:
        chosen = reader.blog().title

    assert sentence == "The archive holds several blogs, name one of them: Lamp, River."
    assert chosen == "河边的信"
    with pytest.raises(interchange.Refused, match="The archive has no blog named Sea"):
        interchange.detect(path, blog="Sea")


def test_archive_without_a_feed_is_refused(tmp_path):
    path = archive(tmp_path, [("Takeout/Mail/all.mbox", b"x")])

    assert refusal(path) == (
        "The archive has no feed.atom, so it is no backup of a Blogger blog, or another part of "
        "one."
    )


def test_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = archive(tmp_path, [("Blogs/Lamp/feed.atom", b"<feed>" + b" " * 20_000_000)])

    assert path.stat().st_size < 100_000
    assert refusal(path) == (
        "Blogs/Lamp/feed.atom in the archive would unpack to a size that no export has."
    )


def test_size_in_the_directory_may_not_lie(tmp_path):
    path = archive(tmp_path, [("Blogs/Lamp/feed.atom", TAKEOUT.read_bytes())])
    data = bytearray(path.read_bytes())
    entry_at = data.index(b"PK\x01\x02")
    struct.pack_into("<L", data, entry_at + 24, 1_000)
    path.write_bytes(data)

    assert refusal(path) == "The archive is damaged or not complete; nothing was imported."


def test_too_many_files_are_refused_from_the_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "MAX_ENTRIES", 3)
    path = archive(
        tmp_path,
        [("feed.atom", TAKEOUT.read_bytes()), *((f"{n}.jpg", b"") for n in range(3))],
    )

    assert refusal(path) == "The archive holds 4 files; more than 3 are not accepted."


def test_count_in_the_directory_may_not_lie(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "MAX_ENTRIES", 3)
    path = archive(
        tmp_path,
        [("feed.atom", TAKEOUT.read_bytes()), *((f"{n}.jpg", b"") for n in range(3))],
    )
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, data.rindex(b"PK\x05\x06") + 8, 1, 1)
    path.write_bytes(data)

    assert refusal(path) == "The archive holds 4 files; more than 3 are not accepted."


def test_large_archive_format_is_read_and_limited(tmp_path, monkeypatch):
    path = archive(tmp_path, [("Blogs/Lamp/feed.atom", TAKEOUT.read_bytes())])
    data = path.read_bytes()
    at = data.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, at + 12)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    path.write_bytes(data[:at] + record + locator + end)

    with interchange.detect(path) as reader:
        assert reader.count(ItemKind.POST) == 3
    monkeypatch.setattr(zips, "MAX_DIRECTORY_BYTES", size - 1)
    assert refusal(path) == "The directory of the archive is larger than that of any export."


def test_same_name_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = archive(tmp_path, [("a/feed.atom", TAKEOUT.read_bytes())] * 2)

    assert refusal(path) == "The archive holds two files named a/feed.atom."


def test_link_instead_of_a_feed_is_refused(tmp_path):
    info = zipfile.ZipInfo("a/feed.atom")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(tmp_path, [(info, "/etc/passwd")])

    assert refusal(path) == "a/feed.atom in the archive is a link or encrypted and can't be read."


def test_encrypted_feed_is_refused(tmp_path):
    path = archive(tmp_path, [("a/feed.atom", TAKEOUT.read_bytes())])
    data = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    path.write_bytes(data)

    assert "link or encrypted" in refusal(path)


@pytest.mark.parametrize("cut", [1, 30, 400])
def test_truncated_archive_is_refused(tmp_path, cut):
    whole = archive(tmp_path, [("a/feed.atom", TAKEOUT.read_bytes())]).read_bytes()
    path = write(tmp_path, whole[:-cut], name="short.zip")

    assert refusal(path) == "The archive is damaged or not complete; nothing was imported."


def test_damaged_bytes_inside_an_archive_are_refused(tmp_path):
    path = archive(tmp_path, [("a/feed.atom", TAKEOUT.read_bytes())])
    data = bytearray(path.read_bytes())
    data[200:260] = bytes(60)
    path.write_bytes(data)

    assert refusal(path)


def test_archive_inside_an_archive_is_not_opened(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("feed.atom", TAKEOUT.read_bytes())
    path = archive(tmp_path, [("inner.zip", inner.getvalue())])

    assert refusal(path).startswith("The archive has no feed.atom")
