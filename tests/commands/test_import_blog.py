"""`manage.py import_blog`: what it prints, what it refuses, how it ends."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import translation

from blog.interchange import sections
from blog.models import Post, SiteProfile
from comments.models import BlogComment
from tests.blog.interchange.exports import (
    OLD,
    SETTINGS_CSV,
    TAKEOUT,
    entry,
    export,
    feed,
    post_entry,
    setting_entry,
    write,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def run(*arguments):
    """Standard output and standard error of one run."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_blog", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def refusal(*arguments):
    """The sentence of a refused run, which printed nothing and wrote nothing."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_blog", *map(str, arguments), stdout=out)
    assert (out.getvalue(), caught.value.returncode) == ("", 1)
    assert (Post.objects.count(), SiteProfile.objects.filter(blogger_id__gt="").count()) == (0, 0)
    return str(caught.value)


def test_report_counts_items_and_says_why_some_stayed_behind():
    out, err = run(TAKEOUT)

    assert out.splitlines() == [
        "",
        "               created    updated  unchanged    skipped    refused",
        "Posts                3          ·          ·          1          ·",
        "Pages                2          ·          ·          ·          ·",
        "Comments             5          ·          ·          1          ·",
        "Labels               2          ·          ·          ·          ·",
        "Settings             ·          1          ·          ·          ·",
        "Media                ·          ·          ·          1          ·",
        "",
        "Left out:",
        "  It was in the trash.",
        "    post “Thrown away”",
        "  Its post was skipped.",
        "    comment “tag:blogger.com,1999:blog-4820000000000000002.post-6300000000000000006”",
        "  They lie on other hosts, which pages here never ask: readers see their descriptions and "
        "links instead.",
        "    media “1 picture”",
        "",
        "Read it at http://127.0.0.1:8000/",
        "Edit it at http://127.0.0.1:8000/admin/",
    ]
    assert err == ""


def test_warning_that_the_report_holds_is_not_said_twice(tmp_path):
    out, err = run(OLD)

    assert out.count("The value 31 has no counterpart here.") == 1
    assert "setting BLOG_DATE_FORMAT" in out
    assert err == ""


def test_json_is_one_object_and_warnings_go_elsewhere():
    out, err = run(OLD, "--json")

    found = json.loads(out)
    assert list(found) == ["format", "dry_run", "counts", "items"]
    assert (found["format"], found["dry_run"]) == ("blogger-xml", False)
    assert found["counts"] == {
        "post": {"created": 8, "skipped": 1},
        "page": {"created": 2},
        "comment": {"created": 8, "skipped": 1},
        "label": {"created": 4},
        "setting": {"updated": 10, "unchanged": 2, "skipped": 14},
        "other": {"skipped": 1},
    }
    assert found["items"][12] == {
        "kind": "page",
        "source_id": "tag:blogger.com,1999:blog-4810000000000000001.page-5200000000000000001",
        "title": "关于",
        "fate": "created",
        "draft": False,
        "address": "/p/about.html",
        "reason": "",
    }
    assert err == "BLOG_DATE_FORMAT: The value 31 has no counterpart here.\n"


def test_dry_run_reports_and_writes_nothing():
    out, _err = run(OLD, "--dry-run")

    assert out.splitlines()[2] == (
        "Posts                8          ·          ·          1          ·"
    )
    assert out.endswith("\nThis was a dry run: nothing was written.\n")
    assert (Post.objects.count(), BlogComment.objects.count()) == (0, 0)


def test_progress_is_told_every_thousand_items(tmp_path):
    _out, err = run(export(tmp_path, *(post_entry(n, body="") for n in range(1, 1_102))))

    assert err == "1000 of about 1101 …\n"


def test_report_obeys_nothing_that_a_title_commands_a_terminal(tmp_path):
    out, _err = run(export(tmp_path, post_entry(1, status="SOFT_TRASHED", title="a\x9b31mb")))

    assert "    post “a31mb”" in out.splitlines()


def test_one_blog_of_an_archive_is_chosen_by_name(tmp_path):
    path = tmp_path / "takeout.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Takeout/Blogger/Blogs/Lamp/feed.atom", TAKEOUT.read_bytes())
        archive.writestr("Takeout/Blogger/Blogs/Lamp/settings.csv", SETTINGS_CSV)
        archive.writestr("Takeout/Blogger/Blogs/River/feed.atom", feed(entry(1)))

    sentence = refusal(path)
    run(path, "--blog", "River")

    assert sentence == "The archive holds several blogs, name one of them: Lamp, River."
    assert Post.objects.count() == 1


BOMB = (
    "<!DOCTYPE feed [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
EXTERNAL = "<!DOCTYPE feed [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear diary,\n",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"PK\x03\x04" + b"\0" * 40,
        "<rss version='2.0'><channel/></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>urn:x</id></entry></feed>",
        feed(post_entry(1), setting_entry("BLOG_NAME", "x"))[:-30],
        BOMB + feed(post_entry(1, title="&i;").replace("&amp;", "&")),
        EXTERNAL + feed(post_entry(1, title="&x;").replace("&amp;", "&")),
    ],
    ids=["empty", "text", "png", "zip", "rss", "atom", "truncated", "bomb", "external"],
)
def test_what_is_no_export_is_refused_with_one_sentence(tmp_path, text):
    sentence = refusal(write(tmp_path, text))

    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 160


def test_what_is_no_file_is_refused(tmp_path):
    assert refusal(tmp_path / "nowhere.xml") == "There is no file nowhere.xml."
    assert refusal(tmp_path) == f"{tmp_path.name} is a folder; name the file inside."
    assert refusal("-") == (
        "Standard input can't be imported: name a file, it is read more than once."
    )


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (
            OperationalError("database is locked\nmore words"),
            "The database refused, and nothing was written: database is locked",
        ),
        (KeyboardInterrupt(), "Interrupted: nothing was written."),
    ],
    ids=["locked", "Ctrl-C"],
)
def test_trouble_on_the_way_is_said_in_one_sentence(monkeypatch, trouble, sentence):
    def fail(under_way):
        raise trouble

    monkeypatch.setattr(sections, "_sections", [*sections.registered(), fail])

    assert refusal(OLD) == sentence
