from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from blog.access import Role
from blog.choices import State
from blog.models import Author, Label, MediaItem, OldAddress, Post, SiteProfile
from blog.templatetags import blog_tags
from comments import moderation, threads
from comments.choices import Status
from comments.management.demo import content, pictures
from comments.models import BlogComment, Guest, ModerationEvent, OutgoingMail
from comments.spam.reasons import sentence
from tests.builders import make_post, make_user, picture_bytes, set_profile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def plain_pictures(monkeypatch):
    """One small file for each picture: drawing is not what the test is about."""
    small = picture_bytes("JPEG", size=(12, 8))
    monkeypatch.setattr(pictures, "draw", lambda name: small)


@pytest.fixture
def owner():
    return make_user("maria", role=Role.OWNER, first_name="Maria")


@pytest.fixture
def demo(owner, plain_pictures):
    lines = StringIO()
    call_command("demo_content", stdout=lines)
    return lines.getvalue().splitlines()


def test_demo_has_posts_in_every_state(demo):
    now = timezone.now()
    texts = content.texts()

    live = Post.objects.live().posts()

    assert {
        "live": live.count(),
        "drafts": Post.objects.drafts().count(),
        "scheduled": Post.objects.scheduled().count(),
        "withdrawn": Post.objects.withdrawn().count(),
        "pages": Post.objects.live().pages().count(),
    } == {"live": 23, "drafts": 1, "scheduled": 1, "withdrawn": 1, "pages": 2}
    assert Post.objects.count() == len(texts)
    assert live.oldest_first()[0].publish_at > now - timedelta(days=731)
    assert live.newest_first()[0].publish_at > now - timedelta(days=2)
    assert Counter(live.values_list("language", flat=True)) == {"en": 17, "zh-hans": 6}
    assert Label.objects.in_use().count() == len({name for text in texts for name in text.labels})
    assert not Post.objects.filter(updated_at__gt=now).exists()


def test_demo_has_comments_in_every_status_with_their_past(demo):
    declared = Counter(remark.state for text in content.texts() for remark in text.remarks)

    counts = moderation.counts_by_status()

    assert counts == {status.value: declared[status] for status in Status}
    assert min(counts.values()) >= 3
    assert moderation.rebuild_counts() == 0
    assert not BlogComment.objects.filter(submit_date__gt=timezone.now()).exists()
    last = {
        comment.pk: comment.events.order_by("pk").last().status_after
        for comment in BlogComment.objects.all()
    }
    assert last == dict(BlogComment.objects.values_list("pk", "status"))
    for comment in BlogComment.objects.filter(status__in=["held", "spam"]):
        assert all(sentence(reason) for reason in comment.reasons)
        assert comment.reasons
    assert not ModerationEvent.objects.filter(at__gt=timezone.now()).exists()


def test_demo_judges_its_own_comments_as_the_blog_would(demo):
    """What is declared held or spam is what the judge says of it."""
    for comment in BlogComment.objects.filter(status__in=["held", "spam"]):
        points = sum(reason["points"] for reason in comment.reasons)

        assert (points >= 8) == (comment.status == Status.SPAM), comment


def test_demo_keeps_the_shape_of_threads(demo):
    shapes = [
        (comment.path, comment.level, comment.reply_to_id)
        for comment in BlogComment.objects.select_related("root")
    ]
    by_path = {path: key for key, path in BlogComment.objects.values_list("pk", "path")}

    assert max(level for _path, level, _above in shapes) == 9
    for path, level, above in shapes:
        assert len(path) == threads.STEP_LENGTH * (level + 1)
        assert by_path.get(path[: -threads.STEP_LENGTH]) == above
    counts = Counter(BlogComment.objects.values_list("post__slug", flat=True))
    assert counts["a-press-in-the-cellar"] == 28


def test_demo_gives_the_owner_his_posts_and_answers(demo, owner):
    answers = BlogComment.objects.filter(user=owner)
    second = Author.objects.get(name=content.SECOND_AUTHOR)

    assert owner.author.posts.count() > 10
    assert answers.count() > 10
    assert {answer.post.author for answer in answers} == {owner.author}
    assert not second.user.has_usable_password()
    assert Author.objects.count() == 2


def test_demo_without_any_account_leaves_the_authors_free(plain_pictures):
    call_command("demo_content", stdout=StringIO())

    authors = dict(Author.objects.values_list("name", "user"))
    assert authors == {content.FIRST_AUTHOR: None, content.SECOND_AUTHOR: None}
    assert BlogComment.objects.filter(user_name=content.FIRST_AUTHOR).exists()
    assert moderation.rebuild_counts() == 0


def test_demo_never_takes_an_account_that_exists(owner, plain_pictures):
    stranger = make_user("qinghe")

    call_command("demo_content", stdout=StringIO())

    assert not Author.objects.of(stranger).exists()
    stranger.refresh_from_db()
    assert (stranger.is_staff, stranger.has_usable_password()) == (False, True)


def test_demo_tells_nobody(demo):
    assert OutgoingMail.objects.count() == 0
    assert {guest.email.partition("@")[2] for guest in Guest.objects.all()} == {"example.org"}
    assert {guest.is_verified for guest in Guest.objects.all()} == {True, False}


def test_demo_says_one_line_for_each_kind(demo):
    assert demo == [
        "Site profile: Marginalia",
        f"Posts and pages: {Post.objects.count()}",
        f"Labels: {Label.objects.count()}",
        f"Comments: {BlogComment.objects.count()}",
        f"Pictures: {len(pictures.PICTURES)}",
    ]


def test_set_up_with_the_demo_makes_the_owner_its_first_author(plain_pictures):
    lines = StringIO()

    call_command("setup_blog", "--demo", stdout=lines)
    after_first = lines.tell()
    call_command("setup_blog", "--demo", stdout=lines)

    owner = User.objects.get(is_superuser=True)
    assert owner.author.posts.count() > 10
    assert Author.objects.count() == 2
    assert Site.objects.get_current().name == content.TITLE
    assert lines.tell() == after_first


def test_demo_names_the_blog_only_when_nobody_has(plain_pictures):
    set_profile(title="My own", tagline="")

    call_command("demo_content", stdout=StringIO())

    assert SiteProfile.objects.values_list("title", "tagline").get() == ("My own", "")


def test_demo_refuses_a_blog_with_a_post_and_changes_nothing(media, plain_pictures):
    post = make_post(state=State.DRAFT)

    with pytest.raises(CommandError, match="posts already"):
        call_command("demo_content", stdout=StringIO())

    assert list(Post.objects.all()) == [post]
    assert SiteProfile.current().title == "Postil"
    assert (Label.objects.count(), BlogComment.objects.count()) == (0, 0)
    assert list(media.iterdir()) == []


def test_second_demo_is_refused_and_changes_nothing(demo):
    before = list(Post.objects.order_by("pk").values()), BlogComment.objects.count()

    with pytest.raises(CommandError, match="posts already"):
        call_command("demo_content", stdout=StringIO())

    assert (list(Post.objects.order_by("pk").values()), BlogComment.objects.count()) == before


def test_demo_that_fails_leaves_neither_rows_nor_pictures(media, monkeypatch):
    drawn = []

    def draw(name):
        if len(drawn) == 3:
            raise OSError("disk full")
        drawn.append(name)
        return picture_bytes()

    monkeypatch.setattr(pictures, "draw", draw)

    with pytest.raises(OSError, match="disk full"):
        call_command("demo_content", stdout=StringIO())

    assert Post.objects.count() == BlogComment.objects.count() == Author.objects.count() == 0
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert len(drawn) == 3


def test_every_live_page_of_the_demo_opens(client, demo):
    for post in Post.objects.live():
        response = client.get(post.get_absolute_url())

        assert response.status_code == 200, post
        assert blog_tags.post_body(post) in response.text, post
    for post in Post.objects.exclude(pk__in=Post.objects.live()):
        assert client.get(post.get_absolute_url()).status_code == 404, post


def test_old_address_of_the_demo_redirects(client, demo):
    old = OldAddress.objects.get()

    response = client.get(old.path)

    assert (response.status_code, response.url) == (301, old.post.get_absolute_url())
    assert old.path.endswith("/my-marks.html")


def test_texts_of_the_demo_survive_the_sanitiser_whole(demo):
    html = "".join(Post.objects.values_list("body_html", flat=True))

    for mark in (
        "<table",
        "<blockquote",
        "<ol",
        "<figure",
        "<figcaption",
        'class="code-',
        "footnote",
        'id="more"',
        "<details",
        "<kbd",
        "<s>",
    ):
        assert mark in html, mark
    for name in pictures.PICTURES:
        assert html.count(f'src="/media/demo/{name}.jpg"') == 1, name
    assert html.count("/media/demo/") == len(pictures.PICTURES)
    assert html.count('width="1200"') == html.count('height="800"') == len(pictures.PICTURES)


def test_pictures_of_the_demo_are_in_the_library(demo, owner):
    items = MediaItem.objects.all()

    assert {item.path for item in items} == {f"demo/{name}.jpg" for name in pictures.PICTURES}
    assert {item.uploader for item in items} == {owner}
    assert not MediaItem.objects.without_text().exists()
    assert not MediaItem.objects.unused().exists()


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_picture_is_a_small_jpeg_that_is_the_same_each_time(name, tmp_path):
    drawn = pictures.draw(name)
    tmp_path.joinpath("picture.jpg").write_bytes(drawn)

    with Image.open(tmp_path / "picture.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (1200, 800))
        assert len(picture.getcolors(maxcolors=1_000_000)) > 1_000
    assert 30_000 < len(drawn) < 250_000
    assert pictures.draw(name) == drawn


def test_pictures_of_the_demo_are_where_its_posts_look(client, owner, monkeypatch):
    monkeypatch.setattr(pictures, "PICTURES", {"tree": pictures.PICTURES["tree"]})
    default_storage.save("demo/tree.jpg", ContentFile(b"left by an earlier try"))

    call_command("demo_content", stdout=StringIO())
    response = client.get("/media/demo/tree.jpg")

    assert b"".join(response) == pictures.draw("tree")
    assert response.headers["Content-Type"] == "image/jpeg"
