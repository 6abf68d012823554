"""The page of patterns is for who develops, and shows nothing of the blog."""

import pytest

from blog.models import Post
from tests.builders import make_post, set_profile

pytestmark = pytest.mark.django_db


def test_patterns_are_404_without_debug(client):
    assert client.get("/patterns/").status_code == 404


def test_patterns_hold_nothing_of_the_blog(client, settings):
    set_profile(title="A private blog", language="en")
    make_post(title="Not to be seen here")
    settings.DEBUG = True

    page = client.get("/patterns/?theme=gazette&scheme=dark&beside&language=zh-hans")

    text = page.content.decode()
    assert page.status_code == 200
    assert "A private blog" not in text
    assert "Not to be seen here" not in text
    assert 'data-scheme="dark"' in text
    assert 'lang="zh-Hans"' in text
    assert "theme-gazette" in text
    assert Post.objects.count() == 1


@pytest.mark.parametrize("query", ["theme=none", 'scheme="><i>', "language=xx", "theme=&language="])
def test_unknown_wishes_are_passed_over(client, settings, query):
    settings.DEBUG = True

    page = client.get(f"/patterns/?{query}").content.decode()

    assert "theme-" not in page
    assert "data-scheme=" not in page.split("<head>")[0]
