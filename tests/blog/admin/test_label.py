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


def test_renamed_label_leaves_a_redirect(client):
    label = make_label("Paper")
    make_post(labels=[label])
    client.force_login(make_user(role=Role.OWNER))

    client.post(f"/admin/blog/label/{label.pk}/change/", {"name": "Papers", "description": "All."})

    answer = client.get("/search/label/Paper")
    assert (answer.status_code, answer["Location"]) == (301, "/search/label/Papers")
    assert Label.objects.get().description == "All."


def test_marked_labels_become_the_chosen_one(client):
    paper, papers, ink = make_label("Paper"), make_label("Papers"), make_label("Ink")
    make_post(labels=[paper])
    post = make_post(labels=[papers, ink])
    client.force_login(make_user(role=Role.EDITOR))
    marked = {"action": "merge", "_selected_action": [paper.pk, papers.pk]}

    question = client.post("/admin/blog/label/", marked)
    before = Label.objects.count()
    client.post("/admin/blog/label/", {**marked, "into": paper.pk})

    assert question.context["likely"] in {paper, papers}
    assert before == 3
    assert list(Label.objects.order_by("name").values_list("name", flat=True)) == ["Ink", "Paper"]
    assert [label.name for label in post.labels.order_by("name")] == ["Ink", "Paper"]
    assert client.get("/search/label/Papers")["Location"] == "/search/label/Paper"
    assert post.title in client.get("/search?q=Paper").content.decode()


@pytest.mark.parametrize("into", ["", "4711", "x"])
def test_merging_into_nothing_asks_again(client, into):
    labels = [make_label("Paper"), make_label("Papers")]
    client.force_login(make_user(role=Role.EDITOR))
    marked = {"action": "merge", "_selected_action": [label.pk for label in labels]}

    answer = client.post("/admin/blog/label/", {**marked, "into": into})

    assert answer.templates[0].name == "admin/blog/label/merge.html"
    assert Label.objects.count() == 2


def test_one_label_is_merged_with_nothing(client):
    label = make_label("Paper")
    client.force_login(make_user(role=Role.EDITOR))

    answer = client.post(
        "/admin/blog/label/", {"action": "merge", "_selected_action": [label.pk]}, follow=True
    )

    assert "Mark at least two labels" in answer.content.decode()
