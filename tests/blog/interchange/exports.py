"""Exports to read in tests: two samples, and pieces to build small ones from."""

from html import escape
from pathlib import Path

import pytest

from blog import interchange
from blog.interchange.load import load
from blog.interchange.records import Refused

SAMPLES = Path(__file__).parents[2] / "samples"
OLD = SAMPLES / "blogger_old.xml"
TAKEOUT = SAMPLES / "blogger_takeout.atom"
BLOG = "tag:blogger.com,1999:blog-7"
SETTINGS_CSV = (
    "blog_name,blog_description,blog_locale,blog_time_zone,blog_max_num,blog_max_unit,"
    "blog_comments_allowed,blog_admin_permission,blog_read_access_mode\r\n"
    '山上的燈,"燈, 貓",zh-TW,Asia/Taipei,3,DAYS,false,keeper@mail.example,PRIVATE\r\n'
)


def feed(*entries, start="<feed xmlns='http://www.w3.org/2005/Atom'>"):
    return start + "<id>tag:blogger.com,1999:blog-7.archive</id>" + "".join(entries) + "</feed>"


def entry(number=1, *, inside="", content="<content type='html'>Text</content>", kind="post"):
    return (
        f"<entry><id>tag:blogger.com,1999:blog-7.{kind}-{number}</id>"
        "<published>2020-02-02T12:00:00Z</published>"
        f"{content}{inside}</entry>"
    )


def write(tmp_path, text, *, name="export", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def refusal(path):
    with pytest.raises(Refused) as caught, interchange.detect(path):
        pass
    return str(caught.value)


def export(tmp_path, *entries, name="export"):
    return write(tmp_path, feed(*entries), name=name)


def bring_in(path, **how):
    """Detects and loads; the ledger."""
    with interchange.detect(path) as reader:
        return load(reader, **how)


def post_entry(
    number=1,
    *,
    title="On ferries",
    body="<p>Late.</p>",
    published="2020-02-02T12:00:00Z",
    updated="",
    status="LIVE",
    address="",
    labels=(),
    kind="post",
    author_url="",
):
    return (
        f"<entry><id>{BLOG}.{kind}-{number}</id><blogger:type>{kind.upper()}</blogger:type>"
        f"<blogger:status>{status}</blogger:status><title>{escape(title)}</title>"
        f"<content type='html'>{escape(body)}</content><published>{published}</published>"
        f"<updated>{updated or published}</updated><blogger:filename>{address}</blogger:filename>"
        + "".join(f"<category scheme='{BLOG}' term='{escape(label)}'/>" for label in labels)
        + f"<author><name>Ida</name><uri>{escape(author_url)}</uri></author></entry>"
    )


def comment_entry(
    number,
    *,
    on=1,
    reply_to=None,
    name="Tom",
    url="",
    body="Well said.",
    published="2020-02-03T12:00:00Z",
    status="LIVE",
):
    answered = f"{BLOG}.post-{reply_to}" if reply_to else ""
    return (
        f"<entry><id>{BLOG}.post-{number}</id><blogger:type>COMMENT</blogger:type>"
        f"<blogger:status>{status}</blogger:status><blogger:parent>{BLOG}.post-{on}"
        f"</blogger:parent><blogger:inReplyTo>{answered}</blogger:inReplyTo>"
        f"<content type='html'>{escape(body)}</content><published>{published}</published>"
        f"<author><name>{escape(name)}</name><uri>{escape(url)}</uri></author></entry>"
    )


def setting_entry(name, value):
    return (
        f"<entry><id>{BLOG}.settings.{name}</id><category "
        "scheme='http://schemas.google.com/g/2005#kind' "
        "term='http://schemas.google.com/blogger/2008/kind#settings'/>"
        f"<content type='text'>{escape(value)}</content></entry>"
    )
