"""worker: what it sends and forgets, that it outlives its database, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.utils import timezone

from blog import proofs, publishing
from blog.models import Post
from comments import notifications
from comments.choices import Status
from comments.management.commands.worker import PURGE_SECONDS, Rounds, purge
from comments.models import BlogComment, Guest, OutgoingMail
from tests.builders import make_comment, make_guest, make_post, make_user

ROOT = Path(__file__).resolve().parent.parent.parent


def aged(comment, days):
    BlogComment.objects.filter(pk=comment.pk).update(
        submit_date=timezone.now() - timedelta(days=days)
    )
    return comment


@pytest.mark.django_db
def test_due_mail_goes_out_in_the_next_round(mailoutbox):
    OutgoingMail.objects.create(key="a", to="ada@example.org", subject="News", text="Hello.")

    Rounds().go()

    assert [(mail.to, mail.subject) for mail in mailoutbox] == [(["ada@example.org"], "News")]


@pytest.mark.django_db
def test_purge_forgets_what_is_old_and_keeps_the_rest():
    now = timezone.now()
    post = make_post()
    old = aged(make_comment(post, status=Status.UNCONFIRMED, guest=make_guest("a@x.org")), 8)
    answered = aged(make_comment(post, status=Status.UNCONFIRMED), 8)
    kept = [
        answered,
        make_comment(post, text="Reply", reply_to=answered),
        make_comment(post, text="Young", status=Status.UNCONFIRMED),
        aged(make_comment(post, text="Held", status=Status.HELD), 8),
    ]
    Guest.objects.filter(pk=old.guest_id).update(verified_at=None, created_at=now - timedelta(8))
    make_guest("b@x.org")
    for key, days in (("old", 8), ("young", 1)):
        OutgoingMail.objects.create(
            key=key, to="a@x.org", subject="s", text="t", sent_at=now - timedelta(days=days)
        )
    Session.objects.create(session_key="old", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key="young", expire_date=now + timedelta(days=1))

    purged = purge()

    assert (purged["mails"], purged["unconfirmed"]) == (1, 1)
    assert sorted(BlogComment.objects.values_list("pk", flat=True)) == [one.pk for one in kept]
    assert list(Guest.objects.values_list("email", flat=True)) == ["b@x.org"]
    assert list(OutgoingMail.objects.values_list("key", flat=True)) == ["young"]
    assert list(Session.objects.values_list("pk", flat=True)) == ["young"]


@pytest.mark.django_db
def test_purge_comes_with_the_first_round_and_then_hourly(monkeypatch):
    times, purged = [0.0], []
    monkeypatch.setattr(
        "comments.management.commands.worker.purge", lambda: purged.append(times[0])
    )
    rounds = Rounds(clock=lambda: times[0])

    for seconds in (0, 2, PURGE_SECONDS - 1, PURGE_SECONDS, PURGE_SECONDS + 2):
        times[0] = float(seconds)
        rounds.go()

    assert purged == [0.0, float(PURGE_SECONDS)]


@pytest.mark.django_db
def test_database_that_is_away_is_written_down_once(monkeypatch, caplog):
    answers = iter([OperationalError("gone"), OperationalError("gone"), None, None])

    def send_due():
        if error := next(answers):
            raise error

    monkeypatch.setattr(notifications, "send_due", send_due)
    monkeypatch.setattr("comments.management.commands.worker.connection.close", lambda: None)
    caplog.set_level("INFO", "comments")
    rounds = Rounds()

    for _round in range(4):
        rounds.go()

    assert [record.getMessage() for record in caplog.records] == [
        "The database is away (OperationalError); trying again.",
        "The database is back.",
    ]


@pytest.fixture
def worker(tmp_path):
    """A worker of its own, beside a database that is not there."""
    environment = dict(os.environ, DATA_DIR=str(tmp_path))
    environment.pop("DATABASE_URL", None)

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "manage.py", "worker", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_ends_with_success_when_it_is_told_to(worker, number):
    process = worker()
    # Its first complaint shows that it is at work: there is no table yet.
    complaint = process.stderr.readline()

    process.send_signal(number)
    said, rest = process.communicate(timeout=20)

    assert "The database is away" in complaint
    assert (process.returncode, said, rest) == (0, "", "")


def test_worker_ends_when_its_parent_is_gone(worker):
    process = worker("--parent", "1")  # which it is not

    began = time.monotonic()
    process.communicate(timeout=30)

    assert process.returncode == 0
    assert time.monotonic() - began < 30


@pytest.mark.django_db
def test_purge_destroys_what_has_lain_in_the_trash_for_thirty_days(time_machine):
    old, kept = make_post(title="Old"), make_post(title="Kept")
    publishing.trash(old, by=None)
    proofs.make(kept, by=make_user(), days=7)
    time_machine.move_to(timezone.now() + timedelta(days=30, seconds=5))
    publishing.trash(kept, by=None)

    purged = purge()

    assert (purged["trashed"], purged["proof_links"]) == (1, 1)
    assert list(Post.objects.all()) == [kept]
