"""Texts that wait are kept, offered and let go; nobody writes over anybody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blog import publishing, working_copies
from blog.access import Role
from blog.choices import State
from blog.models import Post, WorkingCopy
from tests.builders import make_post, make_user

pytestmark = pytest.mark.django_db

KEEP = "/admin/blog/post/copies/keep/"


@pytest.fixture
def ada():
    return make_user("ada", role=Role.EDITOR, first_name="Ada", last_name="Verne")


@pytest.fixture
def bo():
    return make_user("bo", role=Role.EDITOR, first_name="Bo", last_name="Lin")


@pytest.fixture
def post(ada):
    post = make_post(title="On margins", body="One.\n\nTwo.\n\nThree.", author=ada)
    return publishing.save(post, by=ada)


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


def form_of(client, address):
    """What a browser would send back of the form at `address`, unchanged."""
    form = client.get(address).context["adminform"].form
    values = {field.html_name: field.value() for field in form}
    values["labels"] = [str(label.pk) for label in values.get("labels") or ()]
    return {name: "" if value is None else value for name, value in values.items()} | {
        "step": "keep"
    }


def change(post):
    return reverse("admin:blog_post_change", args=[post.pk])


def words(**fields):
    return {"key": "k1", "title": "", "body": "", "markup": "markdown", **fields}


def test_words_are_kept_apart_from_the_post_and_offered_again(ada, post):
    client = logged_in(ada)
    base = working_copies.current_revision(post)

    answer = client.post(
        KEEP, words(post=post.pk, base_revision=base, title="On margins", body="One. More.")
    ).json()

    assert answer["state"] == "kept"
    post.refresh_from_db()
    assert post.body == "One.\n\nTwo.\n\nThree."
    page = client.get(change(post)).content.decode()
    assert "was never saved" in page
    assert answer["restore"].endswith("?copy=k1")
    values = form_of(client, answer["restore"])
    assert (values["body"], values["copy_key"], values["base_revision"]) == (
        "One. More.",
        "k1",
        base,
    )
    client.post(change(post), values)
    post.refresh_from_db()
    assert post.body == "One. More."
    copy = WorkingCopy.objects.get()
    assert (copy.fields, copy.settled_at is None) == ({}, False)
    late = client.post(KEEP, words(post=post.pk, title="On margins", body="One. Mo")).json()
    assert late["state"] == "settled"


def test_words_of_a_post_that_was_never_saved_wait_too(ada):
    client = logged_in(ada)

    client.post(KEEP, words(title="纸", body="一页纸"))

    page = client.get("/admin/blog/post/add/")
    assert [copy.fields["body"] for copy, _length in page.context["waiting"]["copies"]] == [
        "一页纸"
    ]
    values = form_of(client, "/admin/blog/post/add/?copy=k1")
    assert (values["title"], values["body"]) == ("纸", "一页纸")
    client.post("/admin/blog/post/add/", values)
    assert Post.objects.get().body == "一页纸"
    assert working_copies.waiting(ada, post=None) == []


def test_words_of_a_deleted_post_are_offered_for_a_new_one(ada, post):
    working_copies.keep(ada, "k1", words(body="Mine"), post=post, base_revision=None)

    Post.objects.filter(pk=post.pk).delete()

    assert [str(copy) for copy in working_copies.waiting(ada, post=None)] == ["Mine"]


def test_nobody_sees_the_words_of_another(ada, bo, post):
    working_copies.keep(ada, "k1", words(body="Secret"), post=post, base_revision=None)
    client = logged_in(bo)

    pages = [
        client.get(change(post)),
        client.get(f"{change(post)}?copy=k1"),
        client.get("/admin/blog/post/copies/look/?key=k1"),
        client.post("/admin/blog/post/copies/discard/", {"key": "k1"}),
    ]

    assert [b"Secret" in page.content for page in pages] == [False] * 4
    assert [page.status_code for page in pages] == [200, 200, 404, 404]
    assert working_copies.find(ada, "k1").fields["body"] == "Secret"


def test_author_cannot_keep_words_on_the_post_of_another(post):
    author = make_user("aut", role=Role.AUTHOR)

    answer = logged_in(author).post(KEEP, words(post=post.pk, body="Mine"))

    assert answer.status_code == 404
    assert not WorkingCopy.objects.exists()


def test_same_text_leaves_nothing(ada, post):
    client = logged_in(ada)
    same = {"post": post.pk, "title": post.title, "slug": post.slug}

    client.post(KEEP, words(**same, body="Else"))
    answer = client.post(KEEP, words(**same, body="One.\r\n\r\nTwo.\r\n\r\nThree."))

    assert (answer.json()["state"], working_copies.waiting(ada, post=post)) == ("same", [])


def test_older_words_of_a_browser_replace_no_later_ones(ada, post):
    working_copies.keep(ada, "k1", words(body="Later"), post=post, base_revision=None)
    before = timezone.now() - timedelta(minutes=5)

    working_copies.keep(
        ada, "k1", words(body="Earlier"), post=post, base_revision=None, written_at=before
    )

    assert working_copies.find(ada, "k1").fields["body"] == "Later"


def test_people_at_one_post_see_each_other(ada, bo, post):
    logged_in(ada).post(KEEP, {"key": "a", "post": post.pk})

    answer = logged_in(bo).post(KEEP, {"key": "b", "post": post.pk}).json()
    WorkingCopy.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    later = logged_in(bo).post(KEEP, {"key": "b", "post": post.pk}).json()

    assert (answer["others"], later["others"]) == (["Ada Verne"], [])


def test_second_who_saves_is_shown_both_texts_put_together(ada, bo, post):
    as_ada, as_bo = logged_in(ada), logged_in(bo)
    of_ada, of_bo = form_of(as_ada, change(post)), form_of(as_bo, change(post))
    as_bo.post(change(post), of_bo | {"body": "One!\n\nTwo.\n\nThree."})

    page = as_ada.post(change(post), of_ada | {"body": "One.\n\nTwo.\n\nThree?"})

    assert page.status_code == 409
    post.refresh_from_db()
    assert post.body == "One!\n\nTwo.\n\nThree."
    html = page.content.decode()
    assert "Bo Lin saved this post" in html
    form = page.context["adminform"].form
    assert form["body"].value() == "One!\n\nTwo.\n\nThree?"
    assert working_copies.find(ada, form["copy_key"].value()).fields["body"].endswith("Three?")
    merged = of_ada | {
        name: form[name].value() for name in ("title", "body", "base_revision", "copy_key")
    }
    assert as_ada.post(change(post), merged).status_code == 302
    post.refresh_from_db()
    assert post.body == "One!\n\nTwo.\n\nThree?"
    assert working_copies.waiting(ada, post=post) == []


@pytest.mark.parametrize(
    ("chosen", "body", "left"),
    [("mine", "Mine.", []), ("theirs", "Theirs.", ["Mine."])],
)
def test_one_of_two_texts_is_taken_and_the_other_is_kept(ada, bo, post, chosen, body, left):
    as_ada, as_bo = logged_in(ada), logged_in(bo)
    of_ada, of_bo = form_of(as_ada, change(post)), form_of(as_bo, change(post))
    as_bo.post(change(post), of_bo | {"body": "Theirs."})
    page = as_ada.post(change(post), of_ada | {"body": "Mine."})
    form, conflict = page.context["adminform"].form, page.context["waiting"]["conflict"]

    as_ada.post(
        change(post),
        of_ada
        | {name: form[name].value() for name in ("body", "base_revision", "copy_key")}
        | {
            "_use": chosen,
            "conflict_mine": conflict.mine,
            "conflict_mine_title": conflict.my_title,
            "conflict_theirs": conflict.theirs,
            "conflict_theirs_title": conflict.their_title,
        },
    )

    post.refresh_from_db()
    assert post.body == body
    assert [copy.fields["body"] for copy in working_copies.waiting(ada, post=post)] == left
    assert {revision.body for revision in post.revisions.all()} >= {"Theirs.", body}


def test_publishing_by_somebody_else_is_no_conflict(ada, bo, post):
    client = logged_in(ada)
    values = form_of(client, change(post))
    publishing.withdraw(Post.objects.get(), by=bo)

    answer = client.post(change(post), values | {"body": "Mine."})

    assert answer.status_code == 302
    post.refresh_from_db()
    assert (post.body, post.state) == ("Mine.", State.WITHDRAWN)


def test_emptied_text_comes_back_as_a_new_revision(ada, post):
    client = logged_in(ada)
    full = working_copies.current_revision(post)
    client.post(change(post), form_of(client, change(post)) | {"body": ""})
    compared = client.get(f"/admin/blog/post/compare/?post={post.pk}&revision={full}")

    count = post.revisions.count()
    client.post("/admin/blog/post/restore/", {"post": post.pk, "revision": full})

    assert "<del>Three.</del>" in compared.content.decode()
    post.refresh_from_db()
    assert (post.body, post.revisions.count()) == ("One.\n\nTwo.\n\nThree.", count + 1)


def test_text_that_waits_is_shown_beside_the_saved_one(ada, post):
    client = logged_in(ada)
    client.post(KEEP, words(post=post.pk, title="On margins", body="One.\n\nTwelve."))

    page = client.get("/admin/blog/post/copies/look/?key=k1").content.decode()
    client.post("/admin/blog/post/copies/discard/", {"key": "k1"})

    assert "<del>Two</del>" in page
    assert "<ins>Twelve</ins>" in page
    assert working_copies.waiting(ada, post=post) == []
