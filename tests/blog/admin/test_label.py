"""Labels in the admin."""

import pytest

from blog.access import Role
from blog.models import Label, Post
from tests.builders import make_label, make_post, make_user

pytestmark = pytest.mark.django_db


def test_who_deletes_a_label_is_asked_about_the_label_alone_and_posts_stay(client):
    label = make_label("Paper")
    post = make_post(labels=[label, make_label("Ink")])
    client.force_login(make_user(role=Role.OWNER))
    address = f"/admin/blog/label/{label.pk}/delete/"

    page = client.get(address)
    client.post(address, {"post": "yes"})

    assert [str(name) for name in dict(page.context["model_count"])] == ["labels"]
    assert len(page.context["deleted_objects"]) == 1
    assert list(Label.objects.values_list("name", flat=True)) == ["Ink"]
    assert [each.name for each in Post.objects.get(pk=post.pk).labels.all()] == ["Ink"]
