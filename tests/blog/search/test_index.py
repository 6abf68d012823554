"""That the index says what the texts say, whatever happens to them."""

import random
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from blog import publishing, search
from blog.access import Role
from blog.choices import State
from blog.models import Label, Post, PostDocument
from blog.search import index, sqlite
from comments import editing, moderation
from comments.choices import Status
from comments.models import BlogComment
from tests.builders import make_comment, make_label, make_post, make_user

pytestmark = pytest.mark.django_db

WORDS = ["ink", "paper", "press", "页边", "评论", "茶", "margins", "Café", "a", "印刷", "printing"]


def everything():
    """All that can be searched: the words, and what the database's own index has of them."""
    documents = list(PostDocument.objects.order_by("pk").values())
    comments = dict(
        BlogComment.objects.filter(status=Status.PUBLISHED)
        .values_list("pk", "words")
        .order_by("pk")
    )
    return documents, comments, [indexed(source) for source in search.registered()]


def indexed(source):
    """Every word of SQLite's index with its places; that of PostgreSQL can't go wrong."""
    if connection.vendor != "sqlite":
        return []
    name = sqlite.index_name(source.table)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, {name}, instance)")
        cursor.execute("SELECT term, doc, col, offset FROM temp.v ORDER BY 1, 2, 3, 4")
        rows = cursor.fetchall()
        cursor.execute("DROP TABLE temp.v")
    return rows


def rebuilt():
    """What `rebuild_search` makes of the texts when there is nothing to begin with."""
    PostDocument.objects.all().delete()
    BlogComment.objects.update(words="")
    call_command("rebuild_search", stdout=StringIO())
    return everything()


class Life:
    """A blog in which things happen."""

    def __init__(self, seed):
        self.chance = random.Random(seed)  # noqa: S311 (the same life each time)
        self.editor = make_user("editor", role=Role.OWNER)
        self.labels = [make_label(name) for name in ("Paper", "红茶", "ink")]
        self.posts = [make_post(title=self.words(2), body=self.words(9)) for _ in range(4)]
        self.comments = [make_comment(self.post(), text=self.words(5)) for _ in range(6)]

    def words(self, count):
        return " ".join(self.chance.choices(WORDS, k=count))

    def post(self):
        return Post.objects.get(pk=self.chance.choice(self.posts).pk)

    def some(self):
        keys = self.chance.sample([comment.pk for comment in self.comments], 3)
        return list(BlogComment.objects.filter(pk__in=keys))

    def edit(self):
        post = self.post()
        post.title, post.body = self.words(2), self.words(9)
        publishing.save(post, by=self.editor)

    def publish(self):
        publishing.publish(self.post(), by=self.editor)

    def plan(self):
        at = timezone.now() + timedelta(days=self.chance.randint(-400, 400))
        publishing.publish(self.post(), by=self.editor, at=at)

    def withdraw(self):
        publishing.withdraw(self.post(), by=self.editor)

    def revert(self):
        publishing.revert_to_draft(self.post(), by=self.editor)

    def write(self):
        state = self.chance.choice(list(State))
        self.posts.append(make_post(title=self.words(2), body=self.words(9), state=state))

    def relabel(self):
        self.post().labels.set(self.chance.sample(self.labels, 2))

    def unlabel(self):
        self.chance.choice([self.post().labels.clear, self.labels[0].posts.clear])()

    def add_to_label(self):
        self.chance.choice(self.labels).posts.add(self.post())

    def rename_label(self):
        label = self.chance.choice(self.labels)
        label.name = f"{self.words(1)} {label.pk}"
        label.save()

    def replace_label(self):
        Label.objects.get(pk=self.labels.pop().pk).delete()
        self.labels.append(make_label(f"Label {len(self.labels)} {self.chance.random()}"))

    def comment(self):
        status = self.chance.choice(list(Status))
        self.comments.append(make_comment(self.post(), text=self.words(5), status=status))

    def decide(self):
        act = self.chance.choice(
            [moderation.approve, moderation.hold, moderation.mark_spam, moderation.restore]
        )
        act(self.some(), by=self.editor)

    def remove(self):
        moderation.remove(self.some(), by=self.editor)

    def mend(self):
        comment = self.some()[0]
        if comment.status not in {Status.REMOVED}:
            editing.change(comment, self.words(4), by=self.editor)

    def take_away(self):
        if self.chance.random() < 0.3:
            editing.take_away(self.some()[0], by=None)

    def update_at_once(self):
        keys = [comment.pk for comment in self.some()]
        BlogComment.objects.filter(pk__in=keys).update(status=self.chance.choice(list(Status)))

    def delete_comment(self):
        comment = self.comments.pop()
        BlogComment.objects.filter(pk=comment.pk).delete()

    def go_on(self):
        acts = [name for name in vars(Life) if name[0] != "_"]
        acts = sorted({*acts} - {"words", "post", "some", "go_on"})
        if len(self.comments) < 6:
            return self.comment()
        return getattr(self, self.chance.choice(acts))()


@pytest.mark.parametrize("seed", range(6))
def test_index_is_what_a_rebuild_makes_after_random_edits(seed):
    life = Life(seed)

    for _step in range(40):
        life.go_on()
    kept = everything()

    assert kept[0]
    assert kept == rebuilt()


def test_document_says_what_a_post_says():
    at = timezone.now().replace(year=2015, month=12, day=3)
    post = make_post(
        title="On margins", body="A *room*.", labels=[make_label("Ink")], publish_at=at
    )

    assert list(PostDocument.objects.values()) == [
        {
            "id": index.place(at, post.pk),
            "post_id": post.pk,
            "title": " on margins _ margin_ ",
            "labels": " ink _ ink_ ",
            "body": " a room _ room_ ",
            "text": "A room.",
        }
    ]


def test_newer_texts_have_larger_keys_and_all_calendars_fit():
    moments = [timezone.now().replace(year=year) for year in (2, 1969, 1971, 2015, 9998)]
    keys = [index.place(moment, 2**40 + 1) for moment in moments]

    assert keys == sorted(keys)
    assert -(2**63) < keys[0] < keys[-1] < 2**63


def test_draft_has_no_words_in_the_index():
    post = make_post(title="Zebra", state=State.DRAFT)
    none = PostDocument.objects.count()
    publishing.publish(post, by=None)
    one = PostDocument.objects.count()
    publishing.withdraw(post, by=None)

    assert (none, one, PostDocument.objects.count()) == (0, 1, 0)


def test_command_repairs_what_others_broke():
    make_post(title="Lost")
    make_post(title="Wrong")
    comment = make_comment(make_post(title="Third"), text="zebra")
    right = everything()
    PostDocument.objects.filter(title__contains="lost").delete()
    PostDocument.objects.filter(title__contains="wrong").update(title=" other _ ")
    BlogComment.objects.filter(pk=comment.pk).update(words=" other _ ")
    out = StringIO()

    call_command("rebuild_search", stdout=out)

    assert out.getvalue() == "Posts: 2 texts were wrong.\nComments: 1 text was wrong.\n"
    assert everything() == right


def test_command_finds_nothing_wrong_when_all_is_well():
    make_comment(make_post())
    out = StringIO()

    call_command("rebuild_search", stdout=out)

    assert out.getvalue() == "Posts: 0 texts were wrong.\nComments: 0 texts were wrong.\n"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only there the index is a table")
def test_command_fills_an_index_that_lost_its_rows():
    make_comment(make_post())
    right = everything()
    with connection.cursor() as cursor:
        for source in search.registered():
            name = sqlite.index_name(source.table)
            cursor.execute(f"INSERT INTO {name}({name}) VALUES ('delete-all')")  # noqa: S608
    assert [indexed(source) for source in search.registered()] == [[], []]

    call_command("rebuild_search", stdout=StringIO())

    assert everything() == right


def test_blog_that_comes_from_before_the_index_is_indexed_when_it_is_migrated():
    make_comment(make_post())
    right = everything()
    PostDocument.objects.all().delete()
    BlogComment.objects.update(words="")

    search.install()

    assert everything() == right
