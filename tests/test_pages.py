"""What a reader sees: page by page, line by line, in both languages."""

import re
from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import html5lib
import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blog.access import Role
from blog.choices import CommentPolicy, GuestAccess
from blog.models import Author
from comments import links
from comments.choices import RemovedBy, Status
from tests.builders import (
    make_author,
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)
from tests.loads import fill_discussion

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
AFTERNOON = datetime(2015, 12, 3, 15, 8, tzinfo=SHANGHAI)
PATH = "/2015/12/a-page.html"

INLINE = {"a", "abbr", "b", "bdi", "button", "code", "em", "i", "label", "span", "strong", "time"}
UNSEEN = {"head", "script", "template"}


@pytest.fixture
def blog():
    """A Chinese reader's blog, spoken English."""
    return set_profile(title="Postil", tagline="Notes", time_zone="Asia/Shanghai", language="en")


def tree(response):
    """The page as elements; a page that breaks a rule of HTML's syntax fails here."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(response.content.decode())


def visible_lines(response, start="main"):
    """The text below the `start` element, a line for each block, as a reader sees it."""
    parts = []

    def collect(element):
        classes = (element.get("class") or "").split()
        if not isinstance(element.tag, str) or element.tag in UNSEEN:
            return
        if element.get("hidden") is not None or {"visually-hidden", "honeypot"} & set(classes):
            return
        edge = "" if element.tag in INLINE else "\n"
        parts.append(edge)
        parts.append(" ".join((element.text or " ").split(" ")).replace("\n", " "))
        for child in element:
            collect(child)
            parts.append((child.tail or "").replace("\n", " "))
        parts.append(edge)

    collect(tree(response).find(f".//{start}"))
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return [line for line in lines if line]


def elements(response, path):
    return tree(response).findall(f".//{path}")


def head_links(response):
    return {
        (link.get("rel"), link.get("type") or "", link.get("title") or ""): link.get("href")
        for link in elements(response, "head/link")
        if link.get("rel") != "stylesheet"
    }


def make_the_post(**fields):
    """The post of the page we start from."""
    author = Author.objects.order_by("pk").first() or make_author("Ada Verne")
    return make_post(
        title="A page",
        body="A margin is a room.",
        slug="a-page",
        publish_at=AFTERNOON,
        author=author,
        **fields,
    )


# --- The page we start from, line by line ---------------------------------------------------------

MINE = "Your own comments: see, change, erase"
FORM_LINES = [
    "Post a Comment",
    "Comment",
    "*emphasis*, **strong**, `code`, > quote, - list, [link](https://…)",
    "Name",
    "E-mail address (optional)",
    "Never shown.",
    "Website (optional)",
    "Publish Preview",
    MINE,
    "Home",
]


def test_post_page_reads_in_bloggers_order(client, blog):
    post = make_the_post(labels=[make_label("Ink"), make_label("Paper")])

    assert visible_lines(client.get(PATH)) == [
        "Thursday, December 3, 2015",
        "A page",
        "A margin is a room.",
        "Posted by Ada Verne 3:08 PM",
        "Labels: Ink, Paper",
        "Subscribe to: Post Comments (Atom)",
        "No comments:",
        *FORM_LINES,
    ]
    (feed,) = [
        link
        for link in elements(client.get(PATH), "a")
        if "".join(link.itertext()) == "Subscribe to: Post Comments (Atom)"
    ]
    assert feed.get("href") == post.feed_path


def test_post_page_reads_the_same_in_chinese(client):
    set_profile(title="页边", time_zone="Asia/Shanghai", language="zh-hans")
    post = make_the_post(labels=[make_label("纸")])

    lines = visible_lines(client.get(PATH))
    assert lines[:8] == [
        "2015年12月3日星期四",
        "A page",
        "A margin is a room.",
        "发帖者：Ada Verne 15:08",
        "标签：纸",
        "订阅: 博文评论 (Atom)",
        "没有评论:",
        "发表评论",
    ]

    make_comment(post, text="写得好。", name="王一")
    assert "1 条评论:" in visible_lines(client.get(PATH))

    make_comment(post)
    lines = visible_lines(client.get(PATH))
    assert lines.index("2 条评论:") < lines.index("写得好。") < lines.index("发表评论")


@pytest.mark.parametrize(
    ("count", "heading"), [(0, "No comments:"), (1, "1 comment:"), (2, "2 comments:")]
)
def test_count_heading_ends_in_a_plain_colon(client, blog, count, heading):
    post = make_the_post()
    for _ in range(count):
        make_comment(post)

    lines = visible_lines(client.get(PATH))

    assert lines.index("Subscribe to: Post Comments (Atom)") + 1 == lines.index(heading)


def test_open_post_shows_comments_and_the_form(client, blog):
    make_comment(make_the_post(), text="Well said.")

    lines = visible_lines(client.get(PATH))

    assert [line for line in lines if line in {"1 comment:", "Well said.", *FORM_LINES}] == [
        "1 comment:",
        "Well said.",
        *FORM_LINES,
    ]


def test_closed_post_shows_comments_and_a_sentence(client, blog):
    make_comment(make_the_post(comment_policy=CommentPolicy.CLOSED), text="Well said.")

    response = client.get(PATH)

    lines = visible_lines(response)
    assert lines[-5:] == [
        "Well said.",
        "Like Report",
        "New comments are not allowed.",
        MINE,
        "Home",
    ]
    assert "Subscribe to: Post Comments (Atom)" in lines
    assert elements(response, "textarea") == []
    assert b"reply_to=" not in response.content


def test_hidden_comments_leave_no_trace(client, blog):
    make_comment(make_the_post(comment_policy=CommentPolicy.HIDDEN), text="Well said.")

    response = client.get(PATH)

    assert visible_lines(response)[-2:] == ["Posted by Ada Verne 3:08 PM", "Home"]
    assert b"Post Comments" not in response.content
    assert b"/comments/default" in response.content  # the blog's own feed, in the footer
    assert elements(response, "section[@id='comments']") == []
    assert elements(response, "head/link[@title='A page - Comments (Atom)']") == []
    assert "1 comment:" not in visible_lines(client.get("/"))


def test_post_without_labels_prints_not_even_the_word(client, blog):
    make_the_post()

    assert not any(line.startswith("Labels") for line in visible_lines(client.get(PATH)))


def test_untitled_post_prints_no_title_and_is_named_by_its_first_words(client, blog):
    make_post(title="", body="Just a thought.", slug="thought", publish_at=AFTERNOON)

    response = client.get("/2015/12/thought.html")

    assert visible_lines(response)[:2] == ["Thursday, December 3, 2015", "Just a thought."]
    assert elements(response, "head/title")[0].text == "Just a thought. · Postil"
    assert elements(response, "h1")[0].text == "Just a thought."
    assert elements(client.get("/"), "h3") == []


def test_newer_older_and_home_in_this_order(client, blog):
    make_the_post()
    for slug, hour in [("before", 1), ("after", 23)]:
        make_post(title=slug, slug=slug, publish_at=AFTERNOON.replace(hour=hour))

    pager = elements(client.get(PATH), "nav[@class='pager']/a")

    assert [(link.text.strip(), link.get("rel"), link.get("href")) for link in pager] == [
        ("Newer Post", "next", "/2015/12/after.html"),
        ("Older Post", "prev", "/2015/12/before.html"),
        ("Home", None, "/"),
    ]


# --- What stands in the head ----------------------------------------------------------------------


def test_post_names_its_address_and_its_feeds(client, blog):
    post = make_the_post(description="A page about rooms.")

    response = client.get(PATH + "?m=1")

    site = "http://127.0.0.1:8000"
    found = head_links(response)
    assert found.pop(("icon", "image/svg+xml", "")).startswith("/static/")
    assert found == {
        ("canonical", "", ""): site + PATH,
        ("alternate", "application/atom+xml", "Postil - Atom"): site + "/feeds/posts/default",
        ("alternate", "application/rss+xml", "Postil - RSS"): site + "/feeds/posts/default?alt=rss",
        ("alternate", "application/atom+xml", "A page - Comments (Atom)"): site + post.feed_path,
    }
    meta = {tag.get("name"): tag.get("content") for tag in elements(response, "head/meta")}
    assert meta["description"] == "A page about rooms."
    assert "robots" not in meta


def test_blog_that_hides_from_search_engines_says_so_on_every_page(client):
    set_profile(is_searchable=False)
    make_the_post()

    for path in ["/", PATH, "/2015/12/", "/search?q=room"]:
        (robots,) = elements(client.get(path), "head/meta[@name='robots']")
        assert robots.get("content") == "noindex"


def test_languages_of_blog_and_post_are_marked_apart(client):
    set_profile(language="zh-hans")
    make_the_post(language="en")

    for path in ["/", PATH]:
        page = tree(client.get(path))
        (article,) = page.findall(".//article")
        assert page.get("lang") == "zh-Hans"
        assert article.get("lang") == "en"
        assert article.find("footer").get("lang") == "zh-Hans"


# --- Lists ----------------------------------------------------------------------------------------


def test_home_has_one_heading_for_each_local_day(client, blog):
    make_the_post()
    make_post(title="Late", publish_at=AFTERNOON.replace(hour=23), comment_policy="hidden")
    make_post(title="Next day", publish_at=AFTERNOON.replace(day=4, hour=0), body="Early.")

    lines = visible_lines(client.get("/"))

    assert lines == [
        "Friday, December 4, 2015",
        "Next day",
        "Early.",
        "Posted by Ada Verne 12:08 AM No comments:",
        "Thursday, December 3, 2015",
        "Late",
        "A margin is a room.",
        "Posted by Ada Verne 11:08 PM",
        "A page",
        "A margin is a room.",
        "Posted by Ada Verne 3:08 PM No comments:",
        "Home",
        "Subscribe to: Posts (Atom)",
    ]


def test_day_headings_of_lists_can_be_switched_off(client):
    set_profile(shows_day_headings=False)
    make_the_post()

    assert elements(client.get("/"), "h2[@class='date-header']") == []
    assert len(elements(client.get(PATH), "h2[@class='date-header']")) == 1


def test_list_cuts_at_the_read_more_mark(client, blog):
    make_post(title="Long", slug="long", body="Before.\n\n<!-- more -->\n\nAfter.")

    response = client.get("/")

    assert "After." not in visible_lines(response)
    (link,) = [a for a in elements(response, "a") if (a.text or "").startswith("Read more »")]
    assert link.get("href").endswith("/long.html#more")
    assert b'id="more"' in client.get(link.get("href").partition("#")[0]).content


def test_lists_say_what_they_show_and_lead_back(client, blog):
    label = make_label("a<b")
    make_the_post(labels=[label])

    assert visible_lines(client.get(label.get_absolute_url()))[:2] == [
        "a<b",
        "Showing posts with label a<b. Show all posts",
    ]
    assert visible_lines(client.get("/2015/12/"))[:2] == [
        "December 2015",
        "Posts from December 2015. Show all posts",
    ]


def test_search_without_a_hit_offers_the_archive(client, blog):
    make_the_post()

    response = client.get("/search?q=zebra")

    assert "Or look into the archive." in visible_lines(response)
    assert elements(response, "*[@id='archive-heading']")[0].text == "Blog Archive"
    assert [field.get("value") for field in elements(response, "input")] == ["zebra", "zebra"]


def test_menu_marks_the_page_that_is_shown(client, blog):
    make_page(title="About")
    make_page(title="Imprint")

    menu = elements(client.get("/p/about.html"), "nav[@class='page-menu']//a")

    assert [(link.text, link.get("aria-current")) for link in menu] == [
        ("About", "page"),
        ("Imprint", None),
    ]


def test_attribution_can_be_switched_off(client, blog):
    assert "Powered by Postil." in visible_lines(client.get("/"), "footer[@class='colophon']")

    set_profile(shows_attribution=False)

    assert b"Powered by" not in client.get("/").content


# --- The discussion -------------------------------------------------------------------------------


def test_author_is_named_in_words_and_a_website_is_not_trusted(client, blog):
    owner = make_user("ada", role=Role.OWNER, first_name="Ada", last_name="Verne")
    post = make_post(author=owner, slug="a-page", publish_at=AFTERNOON)
    make_comment(post, name="Grete", user_url="https://example.org/")
    make_comment(post, user=owner)

    response = client.get(PATH)

    (link,) = elements(response, "bdi/a")
    assert (link.text, link.get("rel")) == ("Grete", "ugc nofollow noopener")
    assert [badge.text for badge in elements(response, "span[@class='badge']")] == ["Author"]


def test_removed_comment_keeps_its_place_without_a_name(client, blog):
    post = make_the_post()
    for by, notice in [(RemovedBy.AUTHOR, "the author"), (RemovedBy.MODERATOR, "a blog admin")]:
        gone = make_comment(
            post, name="Zacharias", text="Unkind.", status=Status.REMOVED, removed_by=by
        )
        make_comment(post, reply_to=gone, text=f"After {notice}.")

    lines = visible_lines(client.get(PATH))

    assert "This comment has been removed by the author." in lines
    assert "This comment has been removed by a blog administrator." in lines
    assert not any("Zacharias" in line or "Unkind" in line for line in lines)


def test_replies_name_whom_they_answer_and_have_their_own_way_to_the_form(client, blog):
    post = make_the_post()
    above = make_comment(post, name="Grete")
    first = make_comment(post, name="Tom", reply_to=above)
    second = make_comment(post, name="Tom", reply_to=above)

    response = client.get(PATH)

    replies = elements(response, "a[@class='comment-reply']")
    labels = [link.get("aria-label") for link in replies]
    assert labels == [
        f"Reply to Grete ({above.pk})",
        f"Reply to Tom ({first.pk})",
        f"Reply to Tom ({second.pk})",
    ]
    assert replies[0].get("href") == f"/comments/on/{post.pk}/?reply_to={above.pk}#comment-form"
    answers = elements(response, f"header/a[@href='#{above.anchor}']")
    assert [link.text for link in answers] == ["in reply to Grete"] * 2


def test_long_discussions_say_where_more_is_and_stay_light(client, blog):
    post = make_the_post()
    fill_discussion(post, threads_count=21, replies_each=6)

    response = client.get(PATH)

    gaps = [a for a in elements(response, "a") if a.text == "Show 2 more replies"]
    later = [a for a in elements(response, "a") if a.text == "Later comments"]
    assert (len(elements(response, "article[@class='comment']")), len(gaps), len(later)) == (
        100,  # twenty threads with four replies each
        20,
        1,
    )
    assert re.fullmatch(r"\?comment=\d+#c\d+", gaps[0].get("href"))
    section = response.content.partition(b'<section class="discussion"')[2].partition(b"</section>")
    assert 0 < len(section[0]) <= 80_000
    back = client.get(PATH + later[0].get("href").partition("#")[0])
    assert [a.text for a in elements(back, "a") if a.text == "Earlier comments"] != []


def test_members_only_blog_says_so_and_offers_to_log_in(client, blog):
    set_profile(guest_access=GuestAccess.MEMBERS)
    make_comment(make_the_post())

    as_guest = client.get(PATH)
    client.force_login(make_user("mia"))
    as_member = client.get(PATH)

    note = "Note: Only a member of this blog may post a comment. Log in"
    assert note in visible_lines(as_guest)
    assert f"/accounts/login/?next={PATH}%23comment-form" in as_guest.content.decode()
    assert (len(elements(as_guest, "textarea")), len(elements(as_member, "textarea"))) == (0, 1)
    assert b"reply_to=" not in as_guest.content
    assert "You write as mia." in visible_lines(as_member)


def test_message_of_the_owner_stands_above_the_form(client):
    set_profile(comment_message="Be kind.\n\n<b>Really</b>.")
    make_the_post()

    lines = visible_lines(client.get(PATH))

    assert lines[lines.index("Post a Comment") + 1 :][:2] == ["Be kind.", "<b>Really</b>."]


def test_errors_are_tied_to_their_fields_and_summed_up(client, blog):
    post = make_the_post()
    form = client.get(PATH)
    hidden = {
        field.get("name"): field.get("value") or ""
        for field in elements(form, "input[@type='hidden']")
    }

    response = client.post(f"/comments/on/{post.pk}/", {**hidden, "comment": "", "name": "Grete"})

    (field,) = elements(response, "textarea")
    described = {tag.get("id"): tag.text for tag in elements(response, "p[@class='field-error']")}
    assert field.get("aria-invalid") == "true"
    assert "id_comment_error" in field.get("aria-describedby").split()
    assert described == {"id_comment_error": "Write something first."}
    (summary,) = elements(response, "div[@role='alert']")
    assert summary.get("tabindex") == "-1"
    assert [link.get("href") for link in summary.findall(".//a")] == ["#id_comment"]


def test_sender_reads_the_same_whether_held_or_taken_for_spam(client, blog):
    post = make_the_post()
    pages = []
    for status in (Status.HELD, Status.SPAM):
        comment = make_comment(post, status=status)
        token = links.make(links.Purpose.STATUS, comment.pk)
        pages.append(visible_lines(client.get(f"/comments/sent/{token}/")))

    assert pages[0] == pages[1]
    assert "Your comment will be visible after approval." in pages[0]


# --- Errors and mails -----------------------------------------------------------------------------


def test_unknown_address_on_an_empty_blog_offers_a_search(client):
    response = client.get("/no/such/thing")

    assert response.status_code == 404
    assert visible_lines(response)[0] == "There is nothing at this address"
    assert len(elements(response, "form[@role='search']")) == 2
    assert elements(response, "*[@id='archive-heading']") == []


def test_unknown_address_offers_the_archive(client):
    make_the_post()

    archive = elements(client.get("/no/such/thing"), "ul[@class='archive-tree']//a")

    assert [link.get("href") for link in archive] == ["/2015/12/", "/2015/"]


def test_error_page_needs_nothing_and_keeps_the_text(django_assert_num_queries):
    with django_assert_num_queries(0):
        html = render_to_string(
            "error.html", {"status": 503, "title": "Not now", "sentence": "Soon.", "text": "</t>字"}
        )

    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert page.find(".//h1").text == "Not now"
    assert page.find(".//textarea").text == "</t>字"


def test_mail_says_the_same_in_both_its_forms():
    context = {
        "blog": "Tom & Co",
        "post": "<i>Margins</i>",
        "link": "https://example.org/comments/confirm/1~2~3/",
        "language": "zh-hans",
    }

    text = render_to_string("emails/confirm.txt", context)
    html = render_to_string("emails/confirm.html", context)

    assert context["link"] in text.splitlines()
    assert "“<i>Margins</i>” at Tom & Co" in text
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert page.get("lang") == "zh-Hans"
    assert [link.get("href") for link in page.findall(".//a")] == [context["link"]]
    said = " ".join(" ".join(page.find("body").itertext()).split())
    assert "“<i>Margins</i>” at Tom & Co" in said


# --- The same bytes for everybody -----------------------------------------------------------------


def test_public_pages_are_the_same_bytes_for_every_anonymous_reader(monkeypatch):
    monkeypatch.setattr("comments.forms.time", SimpleNamespace(time=lambda: 1_700_000_000.0))
    make_page(title="About")
    label = make_label("Paper")
    make_comment(make_the_post(labels=[label]))
    paths = ["/", PATH, "/2015/", "/2015/12/", "/p/about.html", "/search?q=room"]
    paths.append(label.get_absolute_url())

    for path in paths:
        one, other = Client().get(path), Client(HTTP_USER_AGENT="another").get(path)
        assert one.status_code == 200
        assert one.content == other.content
        assert (one.cookies, other.cookies) == ({}, {})
        assert b"csrf" not in one.content


def test_form_of_a_browser_with_a_session_carries_a_token(client):
    make_the_post()
    client.force_login(make_user())

    assert len(elements(client.get(PATH), "input[@name='csrfmiddlewaretoken']")) == 1


def test_pencil_is_only_in_the_page_of_those_who_may_edit(client):
    owner = make_user(role=Role.OWNER)
    post = make_post(author=owner, slug="a-page", publish_at=AFTERNOON)

    as_reader = client.get(PATH)
    client.force_login(owner)
    as_owner = client.get(PATH)

    edit = f"/admin/blog/post/{post.pk}/change/"
    assert edit not in as_reader.content.decode()
    assert [a.get("href") for a in elements(as_owner, "a[@class='edit-link']")] == [edit]


def test_account_pages_wear_the_blogs_clothes_without_inline_code(client, blog):
    for path in ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]:
        response = client.get(path)
        page = tree(response)
        assert page.find(".//p[@class='blog-title']/a/bdi").text == "Postil"
        assert page.findall(".//style") == []
        assert [script for script in page.findall(".//script") if not script.get("src")] == []
        assert not any("style" in tag.attrib for tag in page.iter() if isinstance(tag.tag, str))


# --- Queries --------------------------------------------------------------------------------------


def query_count(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_lists_cost_at_most_seven_queries_however_long(client):
    labels = [make_label(name) for name in ("Paper", "Ink", "Type")]
    make_page(title="About")
    paths = ["/", "/2015/12/", labels[0].get_absolute_url(), "/search?q=room"]

    make_post(publish_at=AFTERNOON, labels=labels[:1])
    with_one = [query_count(client, path) for path in paths]
    make_page(title="Imprint")
    for day in (4, 5):
        make_post(publish_at=AFTERNOON.replace(day=day), labels=labels)
    with_three = [query_count(client, path) for path in paths]

    assert with_three == with_one
    assert max(with_one) <= 7


def test_post_page_costs_at_most_nine_queries_however_many_comments(client):
    make_page(title="About")
    for day in (2, 4):
        make_post(slug=f"day-{day}", publish_at=AFTERNOON.replace(day=day))
    post = make_the_post(labels=[make_label("Paper")])

    make_comment(post)
    with_one = query_count(client, PATH)
    post.labels.add(make_label("Ink"), make_label("Type"))
    above = make_comment(post, user=make_user())
    make_comment(post, reply_to=above)
    with_three = query_count(client, PATH)

    assert with_three == with_one
    assert with_one <= 9
