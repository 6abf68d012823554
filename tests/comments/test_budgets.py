"""What the comments of a page cost, however many there are."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

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
    [(10, 0), (40, 4), (25, 40), (1_000, 4), (1, 5_000), (10_000, 4)],
    ids=["10", "200", "1000 in 25 threads", "5000", "5000 in one thread", "50000"],
)
def test_section_costs_the_same_with_10_and_50000_comments(rf, threads_count, replies_each):
    post = make_post()
    fill_discussion(post, threads_count=threads_count, replies_each=replies_each)
    SiteProfile.remember(SiteProfile.current())
    comments = BlogComment.objects.order_by("path")
    middle = comments.values_list("pk", flat=True)[comments.count() // 2]
    top_level = comments.top_level()
    middle_root = top_level.values_list("pk", flat=True)[threads_count // 2]
    BlogComment.objects.filter(pk=middle_root).update(pinned_at=timezone.now(), like_count=3)

    section(rf, post, AnonymousUser())  # what the process learns once is no cost of a page
    cost = {}
    for order in ("oldest", "newest", "liked"):
        for at in (None, middle_root, middle):
            query = f"?order={order}" + (f"&comment={at}" if at else "")
            html, queries = section(rf, post, AnonymousUser(), query)
            assert at is None or f'id="c{at}"' in html
            cost[query] = len(queries), len(html.encode())
    SiteProfile.remember(None)

    # Two for a page of threads; two more to find the comment that is asked for, and the way back.
    assert {query: count for query, (count, _size) in cost.items()} == {
        query: 4 if "comment" in query else 2 for query in cost
    }
    assert max(size for _count, size in cost.values()) <= 80_000, cost
