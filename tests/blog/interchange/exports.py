"""Exports to read in tests: two samples, and pieces to build small ones from."""

from pathlib import Path

import pytest

from blog import interchange
from blog.interchange.records import Refused

SAMPLES = Path(__file__).parents[2] / "samples"
OLD = SAMPLES / "blogger_old.xml"
TAKEOUT = SAMPLES / "blogger_takeout.atom"
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
