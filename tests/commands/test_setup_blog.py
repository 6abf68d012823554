"""setup_blog: what it makes, that it repeats nothing, and what it refuses in one sentence."""

import io
import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.core.management import CommandError, call_command

from blog.access import Role, role_of
from blog.models import Author, Post, SiteProfile
from tests.builders import make_post, make_user

pytestmark = pytest.mark.django_db


def setup(*arguments, **options):
    said = io.StringIO()
    call_command("setup_blog", *arguments, stdout=said, stderr=said, **options)
    return said.getvalue()


def rows():
    return (
        User.objects.count(),
        Author.objects.count(),
        Post.objects.count(),
        SiteProfile.objects.values_list("title", "language", "time_zone").get(),
    )


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("long enough to keep\nsecond line\n")
    return str(path)


def test_all_that_is_given_is_set_up_without_a_question(password_file):
    setup(
        *("--title", "纸边", "--tagline", "Notes", "--language", "zh-hans"),
        *("--time-zone", "Asia/Shanghai", "--owner", "ada", "--owner-email", "ada@example.org"),
        *("--owner-password-file", password_file),
    )

    profile, owner = SiteProfile.objects.get(), User.objects.get()
    assert (profile.title, profile.tagline) == ("纸边", "Notes")
    assert (profile.language, profile.time_zone) == ("zh-hans", "Asia/Shanghai")
    assert (role_of(owner), owner.check_password("long enough to keep")) == (Role.OWNER, True)
    assert EmailAddress.objects.values_list("email", "verified").get() == ("ada@example.org", True)
    assert Author.objects.values_list("user", "has_initial_password").get() == (owner.pk, False)
    assert (Site.objects.get_current().name, Site.objects.get_current().domain) == (
        "纸边",
        "127.0.0.1:8000",
    )


def test_second_run_changes_nothing(password_file):
    arguments = ("--title", "One", "--owner", "ada", "--owner-password-file", password_file)
    setup(*arguments)
    before = rows()

    said = setup(*arguments)

    assert rows() == before
    assert said == "The account “ada” exists and stays as it is.\n"


def test_run_without_options_leaves_what_is_there():
    setup("--title", "One", "--language", "zh-hans")

    said = setup()

    assert rows()[3] == ("One", "zh-hans", "UTC")
    assert said == ""


def test_changed_zone_moves_posts_to_their_new_days():
    setup()
    post = make_post()
    Post.objects.filter(pk=post.pk).update(publish_at="2015-12-31T20:00:00Z")

    setup("--time-zone", "Asia/Shanghai")

    post.refresh_from_db()
    assert str(post.published_on) == "2016-01-01"


def test_owner_without_a_password_file_gets_a_one_time_password_that_works(monkeypatch):
    monkeypatch.delenv("SITE_URL")

    said = setup("--owner", "ada", "--bind", "127.0.0.1:9000")

    password = re.search(r"Password +(\S+)", said)[1]
    assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", password)
    assert User.objects.get().check_password(password)
    assert Author.objects.get().has_initial_password
    assert "http://127.0.0.1:9000/admin/" in said


def test_address_that_the_owner_has_set_is_the_one_that_is_printed(monkeypatch):
    monkeypatch.setenv("SITE_URL", settings.SITE_URL)

    said = setup("--owner", "ada", "--bind", "127.0.0.1:9000")

    assert f"    Address   {settings.SITE_URL}/admin/\n" in said


def test_existing_account_is_left_alone(password_file):
    reader = make_user("ada")

    setup("--owner", "ada", "--owner-password-file", password_file)

    reader.refresh_from_db()
    assert (role_of(reader), reader.check_password("secret")) == (None, True)


def test_password_comes_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("typed by a script\r\n"))

    said = setup("--owner", "ada", "--owner-password-file", "-")

    assert User.objects.get().check_password("typed by a script")
    assert "typed by a script" not in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--language", "nl"], "--language: “nl” is none of en, zh-hans, de, es, fr, ar."),
        (
            ["--time-zone", "Mars/Olympus"],
            "--time-zone: “Mars/Olympus” is no time zone. "
            "Try a name like Europe/Berlin or Asia/Shanghai.",
        ),
        (["--title", ""], "--title: This field cannot be blank."),
        (
            ["--owner-email", "a@example.org"],
            "--owner NAME is missing: whose address or password is this?",
        ),
        (
            ["--owner", "ada", "--owner-password-file", "/nowhere/password"],
            "--owner-password-file /nowhere/password can't be read (No such file or directory).",
        ),
        (["--owner", "ada", "--owner-email", "x"], "--owner-email: Enter a valid email address."),
        (["--bind", "8000"], "--bind is “8000”; it needs the form 127.0.0.1:8000."),
    ],
)
def test_wrong_value_is_refused_with_one_sentence(arguments, sentence):
    with pytest.raises(CommandError) as refused:
        setup(*arguments)

    assert str(refused.value) == sentence
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "There is no password in the first line of {path}."),
        (
            "short",
            "--owner-password-file: This password is too short. "
            "It must contain at least 8 characters.",
        ),
    ],
)
def test_weak_password_is_refused(tmp_path, password, sentence):
    path = tmp_path / "password"
    path.write_text(f"{password}\n")

    with pytest.raises(CommandError) as refused:
        setup("--owner", "ada", "--owner-password-file", str(path))

    assert str(refused.value) == sentence.format(path=path)
    assert not User.objects.exists()


def test_owner_needs_an_address_where_mail_is_sent(settings):
    settings.HAS_MAIL = True

    with pytest.raises(CommandError, match="add --owner-email"):
        setup("--owner", "ada")


def test_demonstration_goes_into_an_empty_blog_once():
    first = setup("--demo")
    before = rows()
    second = setup("--demo")

    assert re.search(r"Name +owner\n", first)
    assert Post.objects.live().exists()
    assert Site.objects.get_current().name == SiteProfile.objects.get().title
    assert (rows(), second) == (before, "")
    assert role_of(User.objects.get(username="owner")) == Role.OWNER


@pytest.mark.parametrize("make", [make_post, make_user])
def test_demonstration_stays_out_of_a_blog_with_anything_in_it(make):
    make()

    setup("--demo")

    assert not User.objects.filter(username="owner").exists()
    assert Post.objects.count() <= 1
