import json
import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from blog import metadata, share_image
from blog.choices import CommentPolicy, Kind, State
from tests.builders import make_label, make_post, set_profile

pytestmark = pytest.mark.django_db


def graph(page):
    """The structured data of `page`, by type."""
    scripts = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', page.content.decode(), re.DOTALL
    )
    (document,) = map(json.loads, scripts)
    assert document["@context"] == "https://schema.org"
    return {each["@type"]: each for each in document["@graph"]}


def properties(page):
    """What `page` tells those who show cards."""
    found = re.findall(
        r'<meta (?:property|name)="((?:og|article|twitter):[^"]+)" content="([^"]*)">',
        page.content.decode(),
    )
    return {name: [value for key, value in found if key == name] for name, _value in found}


def test_card_of_a_post(client):
    set_profile(title="页边", language="zh-hans")
    post = make_post(
        title="“A” & B",
        body="![Hills](/media/hills.jpg)\n\nText",
        labels=[make_label("山")],
        language="en",
        publish_at=datetime(2020, 5, 1, 8, tzinfo=UTC),
    )

    told = properties(client.get(post.get_absolute_url()))

    assert told == {
        "og:type": ["article"],
        "og:site_name": ["页边"],
        "og:locale": ["en_US"],
        "og:title": ["“A” &amp; B"],
        "og:url": [f"http://127.0.0.1:8000{post.get_absolute_url()}"],
        "og:description": ["Text"],
        "article:published_time": ["2020-05-01T08:00:00+00:00"],
        "article:modified_time": [metadata.changed_at(post).isoformat(timespec="seconds")],
        "article:tag": ["山"],
        "og:image": ["http://127.0.0.1:8000/media/hills.jpg"],
        "og:image:alt": ["Hills"],
        "twitter:card": ["summary_large_image"],
    }


def test_structured_data_of_a_post(client):
    set_profile(title="Notes", time_zone="Asia/Shanghai")
    post = make_post(
        title="</script><b>&", body="Text", labels=[make_label("One"), make_label("Two")]
    )
    url = f"http://127.0.0.1:8000{post.get_absolute_url()}"

    found = graph(client.get(post.get_absolute_url()))

    about = found["BlogPosting"]
    assert set(found) == {"BlogPosting", "BreadcrumbList"}
    assert (about["headline"], about["url"], about["commentCount"]) == ("</script><b>&", url, 0)
    assert (about["keywords"], about["author"]["name"]) == (["One", "Two"], post.author.name)
    assert about["image"]["url"] == f"http://127.0.0.1:8000/share/{post.number}.png"
    assert datetime.fromisoformat(about["datePublished"]) == post.publish_at.replace(microsecond=0)
    steps = [(each["name"], each["item"]) for each in found["BreadcrumbList"]["itemListElement"]]
    assert steps[0] == ("Home", "http://127.0.0.1:8000/")
    assert steps[-1] == ("</script><b>&", url)


def test_structured_data_of_lists(client):
    label = make_label("山")
    set_profile(title="Notes", tagline="In the margin")
    post = make_post(labels=[label])

    home = graph(client.get("/"))
    under_label = graph(client.get(label.get_absolute_url()))
    month = graph(client.get(f"/{post.published_on:%Y/%m}/"))

    assert home["Blog"]["description"] == "In the margin"
    assert home["WebSite"]["potentialAction"]["target"].endswith("/search?q={words}")
    names = [each["name"] for each in under_label["BreadcrumbList"]["itemListElement"]]
    assert names == ["Home", "山"]
    assert len(month["BreadcrumbList"]["itemListElement"]) == 2


def test_page_is_no_article(client):
    page = make_post(kind=Kind.PAGE, slug="about", comment_policy=CommentPolicy.HIDDEN)

    answer = client.get(page.get_absolute_url())

    assert properties(answer)["og:type"] == ["website"]
    assert "commentCount" not in graph(answer)["WebPage"]


def test_what_is_not_live_tells_programs_nothing(admin_client):
    draft = make_post(state=State.DRAFT, title="Not yet")

    answer = admin_client.get(draft.get_absolute_url())

    assert "Not yet" in answer.content.decode()
    assert (properties(answer), "ld+json" in answer.content.decode()) == ({}, False)
    assert admin_client.get(f"/share/{draft.number}.png").status_code == 404


@pytest.mark.parametrize(
    "title",
    ["A note", "我的第一篇文章：在“页边”写下", "x" * 500, "\u202e\u0301", "", "ﷺ", "a\nb"],
)
def test_share_image_is_drawn_for_any_title(client, title):
    post = make_post(title=title, body="Words")

    answer = client.get(f"/share/{post.number}.png")

    assert answer["Content-Type"] == "image/png"
    assert Image.open(BytesIO(answer.content)).size == (1_200, 630)


def test_share_image_shows_the_title():
    one = share_image.draw(title="One", blog="Notes")
    other = share_image.draw(title="Other", blog="Notes")

    assert one != other
    assert one == share_image.draw(title="One", blog="Notes")


def test_lines_of_chinese_begin_with_no_closing_mark():
    font = share_image.font_for("A", size_px=40)
    lines = share_image.lines_of("在“页边”，写下（批注）。" * 6, font, width_px=400)

    assert "".join(lines) == "在“页边”，写下（批注）。" * 6
    assert [line for line in lines if line[0] in "”，）。" or line[-1] in "“（"] == []


@pytest.mark.parametrize(
    ("language", "locale"),
    [("en", "en_US"), ("zh-hans", "zh_CN"), ("de", "de_DE"), ("pt-br", "pt_BR")],
)
def test_locale(language, locale):
    assert metadata.locale(language) == locale


def test_description_is_the_authors_or_the_beginning():
    said = make_post(body="The text.", description="In my own words.")
    unsaid = make_post(body="The *text* itself. " * 40)

    assert metadata.description(said) == "In my own words."
    assert metadata.description(unsaid).startswith("The text itself. The text itself.")
    assert len(metadata.description(unsaid)) <= metadata.DESCRIPTION_LENGTH
