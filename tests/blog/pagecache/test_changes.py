"""Every way of changing what pages show is told: by Django's own ways, by another process, by a
program that knows nothing of us, by one that dies half-way.
"""

import gc
import threading
import traceback

import pytest
from django.contrib.auth.models import update_last_login
from django.db import IntegrityError, connection, transaction

from blog import publishing
from blog.access import Role
from blog.choices import Moderation, State
from blog.models import Author, Label, OldAddress, Post, SiteProfile
from blog.pagecache import keys, stamps, touches, writes
from comments import moderation
from comments.choices import Status
from comments.models import BlogComment
from comments.spam import Submission
from tests.blog.pagecache.processes import run_shell
from tests.blog.pagecache.visiting import Reader
from tests.builders import (
    make_author,
    make_comment,
    make_guest,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)


def own_changes():
    """How many changes of this process are under way; one may live on in a traceback of before."""
    current = stamps.current()._map
    return current.counters[stamps.WRITERS + (current.writer or 0)]


def sequence():
    """How many changes were told so far."""
    return stamps.current().compare(None, ())[1][1]


def is_touched(since, key):
    """Whether a page with `key` is old now; `since` is a mark."""
    return not stamps.current().compare(since, stamps.slots_of([key]))[0]


def mark():
    return stamps.current().compare(None, ())[1]


def raw(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def raw_many(sql, rows):
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


@pytest.fixture
def row(transactional_db):
    """A live post with a label and a comment, and all else that a page of it shows."""
    set_profile(moderation=Moderation.NONE)
    post = make_post(title="One", labels=[make_label("Paper")])
    make_comment(post)
    OldAddress.objects.create(post=post, path="/2001/01/old.html")
    return post


# --- Ways of Django ------------------------------------------------------------------------------

CHANGES = {
    "save": lambda post: Post.objects.get(pk=post.pk).save(),
    "save of one field": lambda post: post.save(update_fields=["title"]),
    "update": lambda post: Post.objects.filter(pk=post.pk).update(title="Two"),
    "bulk_create": lambda post: Post.objects.bulk_create(
        [Post(title="B", author=post.author, entry_id="tag:b", state=State.DRAFT)]
    ),
    "bulk_update": lambda post: Post.objects.bulk_update([post], ["title"]),
    "delete": lambda post: post.delete(),
    "delete of many": lambda post: Post.objects.all().delete(),
    "raw SQL": lambda post: raw("UPDATE blog_post SET title = 'Two' WHERE id = %s", post.pk),
    "raw SQL, odd": lambda post: raw("/* x */\n update\tBlog_Post set title = 'Two'"),
    "raw SQL, many": lambda post: raw_many(
        "UPDATE blog_post SET title = %s WHERE id = %s", [("a", post.pk), ("b", post.pk)]
    ),
    "labels": lambda post: post.labels.clear(),
    "labels from the other side": lambda post: Label.objects.get().posts.remove(post),
    "a label's name": lambda post: Label.objects.update(name="Cloth"),
    "an author's name": lambda post: Author.objects.update(name="Bea"),
    "the profile": lambda post: SiteProfile.objects.update(tagline="new"),
    "an old address": lambda post: OldAddress.objects.all().delete(),
    "a comment's row": lambda post: BlogComment.objects.update(status=Status.HELD),
    "a comment's text": lambda post: BlogComment.objects.get().save(),
    "a comment gone": lambda post: BlogComment.objects.get().delete(),
    "the counts": lambda post: Post.objects.update(comment_count=9),
    "in a transaction": lambda post: in_transaction(post),
    "in a savepoint": lambda post: in_savepoint(post),
    "beside a hook that fails": lambda post: beside_a_failing_hook(post),
}


def in_transaction(post):
    with transaction.atomic():
        Post.objects.update(title="Two")
        assert_untold()


def in_savepoint(post):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            write_and_undo()
        with transaction.atomic():
            Post.objects.update(title="Two")


@transaction.atomic
def write_and_undo():
    Post.objects.update(title="undone")
    raise ZeroDivisionError


@transaction.atomic
def write_after_a_hook_that_fails():
    transaction.on_commit(lambda: 1 / 0)
    Post.objects.update(title="Two")


def beside_a_failing_hook(post):
    with pytest.raises(ZeroDivisionError):
        write_after_a_hook_that_fails()


told_before: list[int] = []


def assert_untold():
    """Nothing is told before it is on disk."""
    assert sequence() == told_before[-1]


@pytest.mark.parametrize("name", CHANGES)
def test_every_way_of_writing_is_told_once_it_is_on_disk(row, name):
    before = mark()
    told_before.append(before[1])

    CHANGES[name](row)

    assert is_touched(before, keys.EVERYTHING)
    assert is_touched(before, keys.post(row.pk))


def test_name_of_a_commenter_is_told_and_his_log_in_is_not(row):
    user = make_user("anne")
    before = mark()
    update_last_login(None, user)
    user.set_password("another")
    user.save(update_fields=["password"])
    make_user("berta")
    after_log_in = is_touched(before, keys.EVERYTHING)

    user.first_name = "Anne"
    user.save(update_fields=["first_name"])

    assert not after_log_in
    assert is_touched(before, keys.EVERYTHING)


def test_what_no_page_shows_is_not_told(row):
    before = sequence()

    make_user("anne").groups.clear()
    make_author("Nobody yet")
    make_guest()
    with transaction.atomic():
        list(Post.objects.select_for_update())

    assert sequence() == before


def test_what_is_undone_touches_nothing_it_needs_not(row):
    before, under_way = mark(), own_changes()

    with touches(keys.COMMENTS), pytest.raises(ZeroDivisionError):
        write_and_undo()
    gc.collect()

    # Told all the same: a callback that is gone can't say whether its transaction was.
    assert not is_touched(before, keys.EVERYTHING)
    assert own_changes() <= under_way


# --- Exactly what it touches ---------------------------------------------------------------------


def touched_by(change, post, other):
    before = mark()
    change()
    named = {
        "everything": keys.EVERYTHING,
        "post": keys.post(post.pk),
        "other": keys.post(other.pk),
        "discussion": keys.discussion(post.pk),
        "other discussion": keys.discussion(other.pk),
        "texts": keys.TEXTS,
        "comments": keys.COMMENTS,
    }
    return {
        name for name, key in named.items()
        if stamps.current()._map.counters[stamps.slot(key)] > before[1]
    }  # fmt: skip


def edited(post, **fields):
    post = Post.objects.get(pk=post.pk)
    for name, value in fields.items():
        setattr(post, name, value)
    return post


def test_moderation_touches_the_discussion_and_the_feed_of_comments(row):
    other = make_post(title="Other")
    held = make_comment(row, status=Status.HELD)
    moderator = make_user(role=Role.MODERATOR)
    discussion = {"discussion", "comments"}

    assert touched_by(lambda: moderation.approve([held], by=moderator), row, other) == discussion
    assert touched_by(lambda: moderation.approve([held], by=moderator), row, other) == set()
    assert touched_by(lambda: moderation.remove([held], by=moderator), row, other) == discussion
    assert touched_by(lambda: moderation.restore([held], by=moderator), row, other) == discussion
    assert touched_by(lambda: moderation.hold([held], by=moderator), row, other) == discussion
    assert touched_by(lambda: moderation.mark_spam([held], by=moderator), row, other) == set()


@pytest.mark.parametrize(
    ("mode", "touched"),
    [(Moderation.NONE, {"discussion", "comments"}), (Moderation.ALL, set())],
)
def test_new_comment_touches_pages_only_when_they_show_it(row, mode, touched):
    other = make_post(title="Other")
    set_profile(moderation=mode)
    submission = Submission(
        post=row,
        reply_to=None,
        name="Grete",
        email="grete@example.org",
        url="",
        text="A word",
        client_key="k",
        guest=make_guest("grete@example.org"),
    )

    found = touched_by(lambda: moderation.receive(submission, can_mail=False), row, other)

    assert found == touched


def test_new_text_of_a_live_post_touches_the_pages_that_show_it(row):
    other = make_post(title="Other")

    found = touched_by(
        lambda: publishing.save(edited(row, title="New", body="words"), by=None), row, other
    )

    assert found == {"post", "texts"}


def test_draft_that_is_saved_again_and_again_touches_nothing(row):
    draft = make_post(title="Draft", state=State.DRAFT)

    assert (
        touched_by(lambda: publishing.save(edited(draft, body="w"), by=None), draft, row) == set()
    )
    assert (
        touched_by(
            lambda: publishing.save(Post(title="New", author=row.author), by=None), draft, row
        )
        == set()
    )


def test_coming_going_and_moving_touch_everything(row):
    draft = make_post(title="Draft", state=State.DRAFT)
    page = make_page(title="About")
    for change in (
        lambda: publishing.publish(draft, by=None),
        lambda: publishing.save(edited(draft, slug="elsewhere"), by=None),
        lambda: publishing.save(edited(page, title="Über"), by=None),
        lambda: publishing.withdraw(draft, by=None),
        lambda: publishing.withdraw(row, by=None),
    ):
        assert "everything" in touched_by(change, draft, row)


def test_draft_that_takes_over_an_old_address_ends_its_redirect(row):
    draft = make_post(title="Draft", state=State.WITHDRAWN)
    OldAddress.objects.create(post=row, path=draft.get_absolute_url())

    found = touched_by(lambda: publishing.save(edited(draft), by=None), draft, row)

    assert "everything" in found


def test_change_after_a_savepoint_that_failed_is_told_although_somebody_keeps_the_error(row):
    Label.objects.create(name="Twice")
    before = mark()

    with transaction.atomic():
        try:
            with transaction.atomic():
                Label.objects.create(name="Twice")
        except IntegrityError as error:
            kept = error
        Post.objects.filter(pk=row.pk).update(title="Another title")
    is_told = is_touched(before, keys.EVERYTHING)
    for held in (kept, kept.__cause__):  # what they hold must not reach the next test
        traceback.clear_frames(held.__traceback__)

    assert is_told


# --- Other processes -----------------------------------------------------------------------------


def test_row_that_is_saved_in_a_shell_shows_at_once(row, reader):
    address = row.get_absolute_url()
    reader.get(address)
    reader.get(address)

    run_shell(
        "from blog.models import Post\n"
        f"post = Post.objects.get(pk={row.pk})\npost.title = 'From the shell'\npost.save()"
    )
    reader.application.lookout.next_at = float("inf")  # not by looking: it was told
    answer = reader.get(address)
    reader.application.lookout.next_at = 0.0

    assert answer.came_from == "stored"
    assert "From the shell" in answer.text


def stranger_writes(sql, *values):
    """What `sqlite3` or `psql` would do: another connection that knows nothing of us."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        import sqlite3

        with sqlite3.connect(settings["NAME"], timeout=10) as other:
            other.execute(sql.replace("%s", "?"), values)
        other.close()
        return
    import psycopg2

    other = psycopg2.connect(
        dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"],
        port=settings["PORT"] or None, password=settings["PASSWORD"] or None,
    )  # fmt: skip
    with other, other.cursor() as cursor:
        cursor.execute(sql, values)
    other.close()


def until(condition, seconds=5.0):
    """Waits for `condition`; whether it came true."""
    pause = threading.Event()
    for _try in range(int(seconds / 0.02)):
        if condition():
            return True
        pause.wait(0.02)
    return False


def changes_of_others():
    """What other processes have under way. Our own may live on in a traceback that pytest keeps."""
    current = stamps.current()._map
    counts = enumerate(current.counters[stamps.WRITERS :])
    return [count for writer, count in counts if writer != current.writer]


STRANGERS = {
    "title": ("UPDATE blog_post SET title = %s", "By a stranger"),
    "label": ("UPDATE blog_label SET name = %s", "By a stranger"),
    "author": ("UPDATE blog_author SET name = %s", "By a stranger"),
    "comment": ("UPDATE django_comments SET user_name = %s", "By a stranger"),
    "profile": ("UPDATE blog_siteprofile SET title = %s", "By a stranger"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_a_program_that_knows_nothing_of_us_writes_shows_within_a_tenth_of_a_second(
    row, reader, name
):
    address = row.get_absolute_url()
    reader.get(address)
    assert until(lambda: reader.get(address).came_from == "hit")
    sql, value = STRANGERS[name]

    stranger_writes(sql, value)

    assert until(lambda: value in reader.get(address).text, seconds=0.5)


def test_what_a_stranger_deletes_is_gone(row, reader):
    reader.get("/")
    stranger_writes("DELETE FROM blog_post_labels")

    assert until(lambda: "Paper" not in reader.get("/").text, seconds=0.5)


def test_our_own_writes_leave_no_mark_of_a_stranger(row, reader):
    reader.get("/")
    before = writes.marks(connection)

    Post.objects.update(title="Two")
    with transaction.atomic():
        Post.objects.create(title="Three", author=row.author)

    assert writes.marks(connection) == before


def test_a_stranger_in_our_own_process_is_marked_while_nobody_can_be_told(row, monkeypatch):
    before = writes.marks(connection)

    def away():
        raise stamps.Unreachable("away")

    monkeypatch.setattr(stamps.current(), "begin", away)
    with transaction.atomic():
        Post.objects.update(title="Two")
    during = writes.marks(connection)
    monkeypatch.undo()
    Post.objects.update(title="Three")

    assert during != before
    assert writes.marks(connection) == during


def test_process_that_dies_between_commit_and_telling_leaves_no_old_page(row, application):
    reader = Reader(application)
    address = row.get_absolute_url()
    reader.get(address)
    told = sequence()

    died = run_shell(
        "import os, signal\n"
        "from blog.models import Post\n"
        "from blog.pagecache import stamps\n"
        "dying = stamps.current()\n"
        "dying.finish = lambda token, keys: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Post.objects.update(title='Said by the dead')",
        check=False,
    )

    assert died.returncode == -9, died.stderr
    assert sequence() == told  # he did not tell
    assert until(lambda: "Said by the dead" in reader.get(address).text, seconds=0.5)
    assert sequence() == told + 1  # the first who looked told for him


def test_process_that_dies_before_its_commit_is_buried_too(row, reader):
    reader.get(row.get_absolute_url())

    run_shell(
        "import os, signal\n"
        "from django.db import transaction\n"
        "from blog.models import Post\n"
        "with transaction.atomic():\n"
        "    Post.objects.update(title='Unsaid')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)",
        check=False,
    )

    assert until(lambda: reader.get(row.get_absolute_url()) and not any(changes_of_others()))
    assert "Unsaid" not in reader.get(row.get_absolute_url()).text


def test_file_of_the_counters_that_is_removed_is_made_anew(row, reader):
    path = stamps.current().path
    reader.get("/")
    assert until(lambda: reader.get("/").came_from == "hit")

    path.unlink()

    assert until(lambda: reader.get("/") and path.exists())
    run_shell("from blog.models import Post; Post.objects.update(title='After')")
    assert "After" in reader.get("/").text


def test_triggers_come_back_after_a_migration_dropped_them(row, reader):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER foreign_write_blog_post_update")
        else:
            cursor.execute("DROP TRIGGER foreign_write ON blog_post")

    writes.install_triggers()
    before = writes.marks(connection)
    stranger_writes("UPDATE blog_post SET title = 'By a stranger'")

    assert writes.marks(connection) != before


# --- What a statement is -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "is_change"),
    [
        ('SELECT * FROM "blog_post" FOR UPDATE', False),
        ("  (SELECT 1 FROM blog_author) UNION (SELECT 2 FROM auth_user)", False),
        ('EXPLAIN SELECT * FROM "blog_post"', False),
        ('INSERT INTO "blog_post" ("title") VALUES (%s)', True),
        ('INSERT INTO "blog_historicalpost" ("title") VALUES (%s)', False),
        ('UPDATE "blog_author" SET "name" = %s WHERE "id" = %s', True),
        ('UPDATE "blog_author" SET "has_initial_password" = %s WHERE "name" = %s', False),
        ('UPDATE "auth_user" SET "last_login" = %s WHERE "auth_user"."username" = %s', False),
        ('UPDATE "auth_user" SET "username" = %s', True),
        ('INSERT INTO "auth_user" ("username") VALUES (%s)', False),
        ('WITH x AS (DELETE FROM "blog_post" RETURNING *) SELECT * FROM x', True),
        ('TRUNCATE "blog_label", "blog_post"', True),
        ('DELETE FROM "django_session"', False),
        ('ALTER TABLE "auth_user" RENAME COLUMN "x" TO "y"', True),
    ],
)
def test_statement_is_a_change_when_pages_may_show_it(sql, is_change):
    assert writes.is_change(sql) is is_change


def test_page_shows_at_once_what_is_rendered_again(row, reader):
    address = row.get_absolute_url()
    Post.objects.update(body_html="<p>as it was</p>", body_format_version=0)
    before = reader.get(address)

    publishing.render_again()
    after = reader.get(address)

    assert ("as it was" in before.text, "as it was" in after.text) == (True, False)


# --- Told means that others see it ----------------------------------------------------------------


def seen_by_others():
    """How many labels another connection sees now."""
    found = []

    def look():
        try:
            found.append(Label.objects.count())
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "write",
    [
        lambda: Label.objects.create(name="one"),
        lambda: Label.objects.bulk_create([Label(name="one")]),
        lambda: Label(name="one").save(),
        lambda: raw("INSERT INTO blog_label (name, description) VALUES ('one', '') RETURNING id"),
    ],
    ids=["create", "bulk_create", "save", "raw"],
)
def test_change_is_told_when_others_see_it_and_not_before(monkeypatch, write):
    """SQLite commits an INSERT that returns its key with the row that is fetched, not before."""
    counters, seen = stamps.current(), []
    finish = counters.finish
    monkeypatch.setattr(
        counters, "finish", lambda *told: (seen.append(seen_by_others()), finish(*told))
    )

    write()

    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_rows_that_a_change_returns_are_read_in_every_way():
    with connection.cursor() as cursor:
        values = ", ".join(f"('{name}', '')" for name in "abcd")
        insert = f"INSERT INTO blog_label (name, description) VALUES {values} RETURNING name"  # noqa: S608
        cursor.execute(insert)
        one, some = cursor.fetchone(), cursor.fetchmany(2)
        rest, none = cursor.fetchall(), cursor.fetchone()
        cursor.execute("UPDATE blog_label SET description = 'x' RETURNING name")
        iterated = sorted(cursor)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE blog_label SET description = 'y' RETURNING id")
        cursor.execute("SELECT COUNT(*) FROM blog_label")
        count = cursor.fetchone()

    assert (one, list(some)) == (("a",), [("b",), ("c",)])
    assert (list(rest), none) == ([("d",)], None)
    assert iterated == [("a",), ("b",), ("c",), ("d",)]
    assert count == (4,)
