"""What the comments of a page cost, however many there are."""

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from blog.models import SiteProfile
from comments.models import BlogComment
from tests.builders import make_post
from tests.loads import fill_discussion

pytestmark = pytest.mark.django_db


def section(rf, post, user, query=""):
    """The comment section of `post` as HTML, and the queries it took."""
    request = rf.get(f"{post.get_absolute_url()}{query}")
    request.user = user
    template = Template("{% load discussion %}{% discussion post %}")
    context = Context({"request": request, "post": post, "site_profile": SiteProfile.current()})
    with CaptureQueriesContext(connection) as queries:
        html = template.render(context)
    return html, queries


@pytest.mark.parametrize(
    ("threads_count", "replies_each"),
    [(10, 0), (40, 4), (1_000, 4), (1, 5_000), (10_000, 4)],
    ids=["10", "200", "5000", "5000 in one thread", "50000"],
)
def test_section_costs_the_same_with_10_and_50000_comments(rf, threads_count, replies_each):
    from django.contrib.auth.models import AnonymousUser

    post = make_post()
    fill_discussion(post, threads_count=threads_count, replies_each=replies_each)
    SiteProfile.remember(SiteProfile.current())
    keys = BlogComment.objects.order_by("path").values_list("pk", flat=True)
    middle = keys[len(keys) // 2]

    first, first_queries = section(rf, post, AnonymousUser())
    inside, inside_queries = section(rf, post, AnonymousUser(), f"?comment={middle}")
    SiteProfile.remember(None)

    assert len(first_queries) <= 5, first_queries.captured_queries
    assert len(inside_queries) <= 5
    assert f'id="c{middle}"' in inside
    assert max(len(first.encode()), len(inside.encode())) <= 80_000
