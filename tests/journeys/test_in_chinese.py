"""A Chinese blog with Chinese texts: on no page and in no mail does a word of English remain.

A reader, a guest and the owner follow every link that they find.
"""

import re
from collections import Counter, deque
from datetime import timedelta
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import html5lib
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blog.access import Role
from blog.choices import GuestAccess, State
from blog.models import Post
from comments import links, moderation, notifications
from comments.choices import ReportReason, RuleAction, RuleKind, Scope, Status
from comments.forms import CommentForm
from comments.models import BlockRule, BlogComment, OutgoingMail, Report, Subscription
from comments.visitors import COOKIE_NAME
from tests.builders import (
    make_author,
    make_comment,
    make_guest,
    make_label,
    make_page,
    make_post,
    make_subscription,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db

# Names of things that are called so in Chinese too.
SAME_IN_CHINESE = {
    *("Atom", "Cookie", "CSV", "HTML", "ID", "Markdown", "PIN", "Postil", "RSS", "UTC", "WebSub"),
    *("AVIF", "GIF", "HEIC", "JPEG", "PNG", "SVG", "WebP"),
}
# What a script fills in, addresses, names of files and of time zones.
NO_WORDS = re.compile(r"{\w+}|\S+@\S+|\S*://\S*|\b[A-Z]\w+/[A-Z]\w+|\b[\w-]+\.\w+\b")
WORD = re.compile(r"[A-Za-z]{2,}")

READ_ALOUD = ("alt", "aria-label", "placeholder", "title")
UNREAD = {"code", "kbd", "pre", "script", "style", "template"}
STOCK_ICONS = (
    "/static/admin/img/"  # Django 5.2 writes English beside some of them: "Search", "True"
)

ALIKE = 4  # pages whose addresses differ in numbers, or behind the question mark, only
MANY = 300  # pages; who finds more walks in circles


def english(text):
    """The words of `text` that are no Chinese, in order, each once."""
    words = dict.fromkeys(WORD.findall(NO_WORDS.sub(" ", text)))
    return [word for word in words if word not in SAME_IN_CHINESE]


def parsed(response):
    return html5lib.parse(response.content.decode(), namespaceHTMLElements=False)


def said(element, language="zh-hans"):
    """What a person reads or hears of `element`, without what is marked as another language."""
    is_list_of_languages = element.tag == "select" and element.get("name") == "language"
    if not isinstance(element.tag, str) or element.tag in UNREAD or is_list_of_languages:
        return
    language = element.get("lang", language).lower()
    is_ours = language.startswith("zh") and STOCK_ICONS not in element.get("src", "")
    if is_ours:
        yield element.text or ""
        for name, value in element.items():
            is_button = element.tag == "input" and element.get("type") in {"submit", "button"}
            is_for_a_script = name.startswith("data-") and " " in value  # a sentence it will show
            if name in READ_ALOUD or is_for_a_script or (name == "value" and is_button):
                yield value
    for child in element:
        yield from said(child, language)
        if language.startswith("zh"):
            yield child.tail or ""


def english_on(root):
    """Words of English on a page that says to be Chinese."""
    assert root.get("lang", "").lower() == "zh-hans"
    return english(" ".join(said(root)))


def links_of(root, address):
    """Where the page at `address` leads on this site, without feeds."""
    in_templates = {id(each) for template in root.iter("template") for each in template.iter()}
    for anchor in root.iter("a"):
        if id(anchor) in in_templates:
            continue
        target, _ = urldefrag(urljoin(address, anchor.get("href") or address))
        parts = urlsplit(target)
        is_page = not parts.netloc and not parts.path.startswith(("/feeds/", "/admin/r/"))
        # What the admin remembers of its lists changes no word of a page.
        if is_page and "_changelist_filters" not in parts.query:
            yield target


def walk(client, *starts):
    """Follows every link on this site from `starts`: English words by address, of those pages
    that have some, and the addresses of all.
    """
    waiting, seen, shapes, found = deque(starts), set(starts), Counter(), {}
    while waiting:
        address = waiting.popleft()
        response = client.get(address, follow=True)
        if not response.get("Content-Type", "").startswith("text/html"):
            continue
        assert response.status_code == 200, address
        root = parsed(response)
        found[address] = english_on(root)
        for target in links_of(root, address):
            shape = re.sub(r"\d+", "0", urlsplit(target).path)
            if target not in seen and shapes[shape] < ALIKE:
                shapes[shape] += 1
                seen.add(target)
                waiting.append(target)
        assert len(found) < MANY
    return {unquote(address): words for address, words in found.items() if words}, set(found)


@pytest.fixture
def owner(settings):
    """The owner of a Chinese blog with posts in every state, and a mail server."""
    settings.HAS_MAIL = True
    set_profile(
        language="zh-hans",
        time_zone="Asia/Shanghai",
        title="边注",
        tagline="读书笔记",
        posts_per_page=2,
        comment_message="请友善发言。",
        guest_access=GuestAccess.ADDRESS,
    )
    owner = make_user("博主", role=Role.OWNER, email="owner@example.org")
    author = make_author("文博", user=owner)
    label = make_label("纸")
    now = timezone.now()
    for number, days in enumerate([500, 40, 3, 2, 1]):
        make_post(
            title=f"第{number}篇",
            body="纸的边上有字。" * 40,
            author=author,
            labels=[label],
            slug=f"{number}",
            publish_at=now - timedelta(days=days),
        )
    make_page(title="关于", body="关于本站。", slug="1", author=author)
    make_post(title="未完", body="未完。", state=State.DRAFT, author=author)
    make_post(
        title="明天", body="见。", publish_at=now + timedelta(days=1), author=author, slug="9"
    )
    make_post(title="收回", body="不发了。", state=State.WITHDRAWN, author=author, slug="8")
    return owner


@pytest.fixture
def guest():
    return make_guest("reader@example.net", name="小明")


@pytest.fixture
def post(owner, guest):
    """The newest post, with comments in every state, reports, subscriptions and a rule."""
    post = Post.objects.live().posts().latest("publish_at")
    theirs = {"name": guest.name, "guest": guest, "user_email": guest.email}
    first = make_comment(post, text="说得好。", **theirs)
    for _ in range(5):
        reply = make_comment(post, text="同意。", name="小红", reply_to=first)
    make_comment(post, text="我也来说。", user=owner, reply_to=reply)
    for status in Status:
        make_comment(post, text="等一等。", status=status, **theirs)
    removed = make_comment(post, text="说错了。", name="小丽")
    make_comment(post, text="没关系。", name="小刚", reply_to=removed)
    moderation.remove([removed], by=owner, note="太长")
    for reason in ReportReason:
        Report.objects.create(
            comment=first, reason=reason, actor_key=reason.value, client_key=reason.value
        )
    make_subscription(post, guest=guest)
    make_subscription(post, guest=guest, comment=first)
    make_subscription(post, guest=guest, comment=first, scope=Scope.REPLIES)
    BlockRule.objects.create(kind=RuleKind.WORD, pattern="发票", action=RuleAction.HOLD)
    return post


def test_reader_without_an_account_meets_no_english(post, guest, client):
    waiting = BlogComment.objects.get(status=Status.UNCONFIRMED)
    subscription = Subscription.objects.first()
    form_page = f"/comments/on/{post.pk}/"
    from_mails = [
        reverse(f"comments:{name}", args=[links.make(purpose, value)])
        for name, purpose, value in [
            ("confirm", links.Purpose.CONFIRM, waiting.pk),
            ("sent", links.Purpose.STATUS, waiting.pk),
            ("confirm_follow", links.Purpose.FOLLOW, subscription.pk),
            ("unsubscribe", links.Purpose.UNSUBSCRIBE, subscription.pk),
            ("open_mine", links.Purpose.MINE, f"{guest.pk}.{guest.token_version}"),
        ]
    ]

    found, seen = walk(client, "/", "/search?q=没有", "/comments/mine/", form_page, *from_mails)

    assert found == {}
    assert {"/", post.get_absolute_url(), "/p/1.html", "/accounts/password/reset/"} <= seen


def test_guest_meets_no_english(post, guest, client):
    client.cookies[COOKIE_NAME] = links.make(
        links.Purpose.GUEST, f"{guest.pk}.{guest.token_version}"
    )

    found, seen = walk(client, "/comments/mine/", f"/comments/follow/{post.pk}/", "/")

    assert found == {}
    assert {"/comments/mine/erase/", post.get_absolute_url()} <= seen


def test_owner_meets_no_english(post, owner, client):
    client.post("/accounts/login/", {"login": owner.username, "password": "secret"})
    comments = [f"/admin/comments/blogcomment/{row.pk}/change/" for row in post.comments.all()]
    held = post.comments.get(status=Status.HELD)
    token = links.make(links.Purpose.MODERATE, f"{held.pk}.approve.{owner.pk}")
    decision = reverse("comments:moderate", args=[token])

    found, seen = walk(client, "/admin/", "/accounts/email/", "/accounts/2fa/", decision, *comments)

    assert found == {}
    assert {"/admin/blog/post/add/", "/admin/blog/siteprofile/", "/admin/comments/guest/"} <= seen
    assert {"/accounts/2fa/totp/activate/", "/accounts/password/change/"} <= seen


def test_refusals_speak_chinese(post, owner, client):
    strict = Client(enforce_csrf_checks=True)
    form_page = f"/comments/on/{post.pk}/"
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0, "honeypot": ""}
    member = {"username": owner.username, "email": owner.email}

    answers = [
        client.get("/2026/01/0.html"),
        client.post(form_page, {**hidden, "name": "", "email": "x", "url": "x", "comment": ""}),
        client.post(form_page, {**hidden, "name": "小明", "email": owner.email, "comment": "好"}),
        client.post(form_page, {**hidden, "security_hash": "0", "name": "小明", "comment": "好"}),
        strict.post("/accounts/login/", {"login": "小明"}),
        client.post("/accounts/login/", {"login": "小明", "password": "1"}),
        client.post("/accounts/signup/", {**member, "password1": "1234", "password2": "12"}),
        client.post("/accounts/signup/", {"email": "x", "password1": "password", "password2": ""}),
        client.get("/accounts/password/reset/key/1-2/"),
    ]
    client.force_login(owner)
    answers += [
        client.post("/admin/auth/user/add/", {"username": owner.username, "password1": "1234"}),
        client.post("/admin/blog/post/add/", {"title": "", "body": "", "slug": "a b"}),
        client.post("/admin/blog/siteprofile/1/change/", {"time_zone": "x", "posts_per_page": "x"}),
        client.post("/accounts/password/change/", {"oldpassword": "1", "password1": "1"}),
        client.get("/admin/blog/post/4711/change/", follow=True),
    ]

    assert [english_on(parsed(answer)) for answer in answers] == [[]] * len(answers)


def test_mails_speak_chinese(post, owner, guest, client, mailoutbox, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0, "honeypot": ""}
    typed = {"name": "小亮", "email": "new@example.net", "comment": "新来的。"}
    signup = {"username": "小亮", "password1": "not-so-short", "password2": "not-so-short"}

    client.post(f"/comments/on/{post.pk}/", {**hidden, **typed, "follow": ["post"]})
    client.post(f"/comments/follow/{post.pk}/", {"email": "other@example.net", "scope": "post"})
    client.post("/comments/mine/", {"email": guest.email})
    for address in [owner.email, "nobody@example.net"]:
        client.post("/accounts/password/reset/", {"email": address})
    for address in [owner.email, "member@example.net"]:
        client.post("/accounts/signup/", {**signup, "email": address})
    notifications.announce_due()
    notifications.mail_notices()
    moderation.approve(post.comments.filter(status=Status.HELD), by=owner)
    BlogComment.objects.update(announce_from=None)  # the time for undoing it is over
    notifications.announce_due()
    notifications.mail_notices()

    ours = OutgoingMail.objects.all()
    assert {mail.key.split(":")[0] for mail in ours} >= {"confirm", "notice"}
    assert {mail.to for mail in ours} >= {guest.email, owner.email, "new@example.net"}
    assert len(mailoutbox) == 4
    texts = [f"{mail.subject}\n{mail.text}" for mail in ours]
    texts += [f"{mail.subject}\n{mail.body}" for mail in mailoutbox]
    assert [english(text) for text in texts] == [[]] * len(texts)
    pages = [html5lib.parse(mail.html, namespaceHTMLElements=False) for mail in ours]
    assert [english_on(page) for page in pages] == [[]] * len(pages)
