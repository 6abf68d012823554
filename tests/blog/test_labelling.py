"""Labels that change their name or become one: old addresses and feeds lead to the new ones."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import labelling
from blog.choices import State
from blog.models import Label, OldLabelName
from tests.builders import make_label, make_post

pytestmark = pytest.mark.django_db

FEED = "/feeds/posts/default/-"


def test_renamed_label_redirects_its_page_and_its_feed(client):
    label = make_label("Paper")
    make_post(labels=[label, make_label("Ink")])

    labelling.rename(label, "Vellum")

    page = client.get("/search/label/Paper")
    feeds = [
        client.get(f"{FEED}/{names}")
        for names in ("Paper", "Paper?alt=json", "Ink/Paper", "Vellum")
    ]
    assert (page.status_code, page.headers["Location"]) == (301, "/search/label/Vellum")
    assert [feed.headers.get("Location", "").partition(FEED)[2] for feed in feeds] == [
        "/Vellum",
        "/Vellum?alt=json",
        "/Ink/Vellum",
        "",
    ]
    assert client.get("/search/label/Vellum").status_code == 200


def test_three_names_in_a_row_are_one_redirect_and_a_name_can_come_back(client):
    label = make_label("One")
    make_post(labels=[label])

    for name in ("Two", "Three", "Four", "Two"):
        labelling.rename(label, name)

    targets = {
        name: client.get(f"/search/label/{name}").headers.get("Location")
        for name in ("One", "Two", "Three", "Four")
    }
    assert targets == {
        "One": "/search/label/Two",
        "Two": None,
        "Three": "/search/label/Two",
        "Four": "/search/label/Two",
    }


def test_merged_labels_file_their_posts_once_under_the_one_that_stays(client):
    paper, ink, pen = (make_label(name) for name in ("Paper", "Ink", "Pen"))
    both = make_post(title="Both", labels=[paper, ink])
    one = make_post(title="One", labels=[pen])
    labelling.rename(pen, "Quill")

    gone = labelling.merge([ink, pen, paper], paper)

    assert gone == 2
    assert [sorted(map(str, post.labels.all())) for post in (both, one)] == [["Paper"], ["Paper"]]
    assert list(Label.objects.values_list("name", flat=True)) == ["Paper"]
    assert {
        client.get(f"/search/label/{name}").headers["Location"] for name in ("Ink", "Quill", "Pen")
    } == {"/search/label/Paper"}


def test_merging_costs_the_same_for_labels_of_one_post_and_of_three():
    into = make_label("Paper")
    counts = []

    for name, posts in (("a", 1), ("b", 3)):
        labels = [make_label(name)]
        for number in range(posts):
            make_post(title=f"{name}{number}", labels=labels)
        with CaptureQueriesContext(connection) as captured:
            labelling.merge(labels, into)
        counts.append(len(captured))

    assert counts == [counts[0], counts[0]]


def test_new_label_takes_over_an_old_name(client):
    label = make_label("Paper")
    make_post(labels=[label])
    labelling.rename(label, "Vellum")

    make_post(title="New", labels=[make_label("Paper")])

    assert client.get("/search/label/Paper").status_code == 200


def test_old_name_of_a_label_that_only_drafts_carry_is_nobodys_business(client):
    label = make_label("Paper")
    make_post(labels=[label], state=State.DRAFT)
    labelling.rename(label, "Secret plan")

    assert OldLabelName.objects.count() == 1
    assert client.get("/search/label/Paper").status_code == 404
    assert client.get(f"{FEED}/Paper").status_code == 404
