"""What readers find at which address, and what they never find."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from blog import publishing
from blog.access import Role
from blog.choices import Kind, State
from blog.models import Post
from tests.builders import make_label, make_page, make_post, make_user, set_profile

pytestmark = pytest.mark.django_db


def titles(response):
    return [post.title for day in response.context["days"] for post in day.posts]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- Lists ----------------------------------------------------------------------------------------


def test_home_groups_by_the_days_of_the_blogs_zone(client):
    set_profile(time_zone="Asia/Shanghai")
    make_post(title="late in London", publish_at=at("2015-12-02T16:30:00"))
    make_post(title="morning in Shanghai", publish_at=at("2015-12-03T01:00:00"))
    make_post(title="the day before", publish_at=at("2015-12-02T15:59:00"))

    days = client.get("/").context["days"]

    assert [(str(day.day), [post.title for post in day.posts]) for day in days] == [
        ("2015-12-03", ["morning in Shanghai", "late in London"]),
        ("2015-12-02", ["the day before"]),
    ]


def test_change_of_zone_regroups_days_and_leaves_addresses(client):
    post = make_post(publish_at=at("2015-12-02T16:30:00"))
    before = post.get_absolute_url()
    profile = set_profile(time_zone="Asia/Shanghai")

    publishing.change_time_zone(profile)

    post.refresh_from_db()
    assert str(post.published_on) == "2015-12-03"
    assert post.get_absolute_url() == before == "/2015/12/on-margins.html"


def test_pages_of_a_list_join_without_gap_or_overlap_while_posts_arrive(client):
    set_profile(posts_per_page=3)
    start = timezone.now() - timedelta(days=30)
    for number in range(8):
        # Pairs share a moment: ties must not be lost between two pages.
        make_post(title=str(number), publish_at=start + timedelta(hours=number // 2))

    seen, address = [], "/"
    while address:
        page = client.get(address)
        seen += titles(page)
        address = page.context["older_url"]
        make_post(title="new")

    assert seen[:3] == ["7", "6", "5"]
    assert seen == [str(number) for number in reversed(range(8))]


def test_newer_link_leads_back_the_way_one_came(client):
    set_profile(posts_per_page=2)
    start = timezone.now() - timedelta(days=30)
    for number in range(5):
        make_post(title=str(number), publish_at=start + timedelta(hours=number))

    first = client.get("/")
    second = client.get(first.context["older_url"])
    third = client.get(second.context["older_url"])
    back = client.get(third.context["newer_url"])
    home = client.get(back.context["newer_url"])

    assert list(map(titles, (first, second, third, back, home))) == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
        ["2", "1"],
        ["4", "3"],
    ]
    assert (first.context["newer_url"], third.context["older_url"]) == (None, None)
    assert home.context["newer_url"] is None


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=2015",
        "before=2015-12-01_x",
        "after=%F0",
        "before=" + "9" * 400,
        "before=2015-12-01T00:00:00Z_" + "9" * 30,
        "before=0001-01-01T00:00:00%2B23:59_1",
    ],
)
def test_nonsense_in_the_address_of_a_page_of_a_list_is_no_error(client, query):
    make_post()

    assert client.get(f"/?{query}").status_code in {200, 404}


def test_archives_hold_the_posts_of_their_span_only(client):
    set_profile(time_zone="Asia/Shanghai")
    make_post(title="new year", publish_at=at("2015-12-31T16:00:00"))
    make_post(title="last of the year", publish_at=at("2015-12-31T15:59:00"))
    make_post(title="third", publish_at=at("2015-12-03T12:00:00"))

    found = {
        path: titles(client.get(path))
        for path in ("/2015/", "/2015/12/", "/2015/12/03/", "/2016/", "/2016/01/01/")
    }

    assert found == {
        "/2015/": ["last of the year", "third"],
        "/2015/12/": ["last of the year", "third"],
        "/2015/12/03/": ["third"],
        "/2016/": ["new year"],
        "/2016/01/01/": ["new year"],
    }


@pytest.mark.parametrize("path", ["/2014/", "/2015/11/", "/2015/02/30/", "/0000/", "/2015/13/"])
def test_span_without_posts_is_404(client, path):
    make_post(publish_at=at("2015-12-03T12:00:00"))

    assert client.get(path).status_code == 404


def test_bloggers_older_month_address_moves_once(client):
    make_post(publish_at=at("2015-12-03T12:00:00"))

    response = client.get("/2015_12_01_archive.html")

    assert (response.status_code, response["Location"]) == (301, "/2015/12/")


def test_months_count_what_their_lists_show():
    for when in ("2015-12-03", "2015-12-04", "2014-01-09"):
        make_post(publish_at=at(f"{when}T12:00:00"))
    make_post(publish_at=at("2015-12-05T12:00:00"), state=State.WITHDRAWN)
    make_page()

    months = Post.objects.live().posts().months()

    assert [(str(first), count) for first, count in months] == [
        ("2015-12-01", 2),
        ("2014-01-01", 1),
    ]


@pytest.mark.parametrize("name", ["红茶", "a/b", "C++", "two words", "Mixed Case", "50%", "what?"])
def test_label_round_trips_whatever_is_in_its_name(client, name):
    label = make_label(name)
    make_post(title="labelled", labels=[label])
    make_post(title="other")

    assert titles(client.get(label.get_absolute_url())) == ["labelled"]


def test_label_in_another_case_moves_once(client):
    make_post(labels=[make_label("Paper")])

    response = client.get("/search/label/paper")

    assert (response.status_code, response["Location"]) == (301, "/search/label/Paper")


def test_twin_labels_of_drafts_alone_are_404_and_no_circle(client):
    make_post(labels=[make_label("Paper"), make_label("paper")], state=State.DRAFT)

    answers = [client.get(f"/search/label/{name}").status_code for name in ("Paper", "paper")]

    assert answers == [404, 404]


# --- Search ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("评论", ["在页边"]),
        ("发表评论", ["在页边"]),
        ("MARGIN", ["On margins"]),
        ("cafe", ["Café"]),
        ("ｃａｆé", ["Café"]),
        ("margin room", ["On margins"]),
        ("margin nowhere", []),
        ("100%", ["Café"]),
        ("%", []),
        ("_", []),
        ("<em>", []),
        ("secret", []),
        ("\"'--", []),
    ],
)
def test_search_finds_words_in_both_scripts_and_drafts_never(client, query, found):
    make_post()
    make_post(title="在页边", body="请在这里发表评论。", language="zh-hans")
    make_post(title="Café", body="At 100% *strength*.")
    make_post(title="Draft", body="secret", state=State.DRAFT)
    make_post(title="Later", body="secret", publish_at=timezone.now() + timedelta(days=1))
    make_post(title="Gone", body="secret", state=State.WITHDRAWN)

    response = client.get("/search", {"q": query})

    results = response.context["found"].results
    assert [strip_tags(result.title_html) for result in results] == found
    assert "<mark>secret" not in response.text


# --- One post -------------------------------------------------------------------------------------


def test_neighbours_are_live_posts_by_time(client):
    start = timezone.now() - timedelta(days=9)
    posts = [make_post(title=str(n), publish_at=start + timedelta(days=n)) for n in range(3)]
    make_post(title="draft", state=State.DRAFT)
    make_post(title="withdrawn", state=State.WITHDRAWN, publish_at=start + timedelta(hours=12))
    make_post(title="tomorrow", publish_at=timezone.now() + timedelta(days=1))
    make_page()

    pages = [client.get(post.get_absolute_url()) for post in posts]

    assert [(page.context["older"], page.context["newer"]) for page in pages] == [
        (None, posts[1]),
        (posts[0], posts[2]),
        (posts[1], None),
    ]


def test_scheduled_post_appears_at_its_second(client, time_machine):
    moment = timezone.now().replace(microsecond=0) + timedelta(hours=2)
    post = make_post(title="Later", publish_at=moment)

    time_machine.move_to(moment - timedelta(seconds=1), tick=False)
    before = client.get(post.get_absolute_url()).status_code, titles(client.get("/"))
    time_machine.move_to(moment, tick=False)
    after = client.get(post.get_absolute_url()).status_code, titles(client.get("/"))

    assert (before, after) == ((404, []), (200, ["Later"]))


@pytest.mark.parametrize("state", [State.DRAFT, State.WITHDRAWN, "scheduled"])
def test_unpublished_is_404_for_readers_and_open_to_those_who_may_change_it(client, state):
    author = make_user("ann", role=Role.AUTHOR)
    options = {"state": state}
    if state == "scheduled":
        options = {"publish_at": timezone.now() + timedelta(days=1)}
    path = make_post(title="Not yet", author=author, **options).get_absolute_url()
    others = {
        "stranger": None,
        "reader": make_user("rea"),
        "moderator": make_user("mod", role=Role.MODERATOR),
        "another author": make_user("bob", role=Role.AUTHOR),
        "author": author,
        "editor": make_user("edd", role=Role.EDITOR),
    }

    answers = {}
    for who, user in others.items():
        client.logout()
        if user:
            client.force_login(user)
        answers[who] = client.get(path).status_code

    assert answers == {
        "stranger": 404,
        "reader": 404,
        "moderator": 404,
        "another author": 404,
        "author": 200,
        "editor": 200,
    }


def test_address_that_was_changed_three_times_still_answers_with_one_redirect(client):
    post = make_post(slug="first")
    paths = [post.get_absolute_url()]
    for slug in ("second", "third", "fourth"):
        post = Post.objects.get(pk=post.pk)
        post.slug = slug
        publishing.save(post, by=None)
        paths.append(post.get_absolute_url())

    answers = [(r.status_code, r.get("Location")) for r in map(client.get, paths)]

    assert answers == [(301, paths[-1])] * 3 + [(200, None)]


def test_old_address_of_a_withdrawn_post_leads_nowhere(client):
    post = make_post(slug="first")
    old = post.get_absolute_url()
    post.slug = "second"
    publishing.save(post, by=None)
    publishing.withdraw(post, by=None)

    assert client.get(old).status_code == 404


def test_page_answers_below_p_and_stays_out_of_the_stream(client):
    page = make_page(title="About", slug="about")

    assert page.get_absolute_url() == "/p/about.html"
    assert client.get("/p/about.html").context["post"] == page
    assert titles(client.get("/")) == []


@pytest.mark.parametrize("query", ["?m=0", "?m=1", "?showComment=1449126000000", "?utm_source=x"])
def test_bloggers_parameters_do_no_harm(client, query):
    post = make_post()

    response = client.get(post.get_absolute_url() + query)

    assert (response.status_code, response.context["post"]) == (200, post)


def test_chinese_address_answers(client):
    post = make_post(title="我的第一篇文章", slug="我的第一篇文章")

    assert client.get(post.get_absolute_url()).context["post"] == post


def test_head_is_as_get_without_a_body(client):
    path = make_post().get_absolute_url()

    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Type"] == get["Content-Type"]


# --- Media ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secret_key",
        "/media/%2e%2e/secret_key",
        "/media//etc/passwd",
        "/media/",
        "/media/x",
    ],
)
def test_media_leads_out_of_its_folder_nowhere(client, path):
    assert client.get(path).status_code == 404


def test_media_runs_nothing(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.html").write_text("<script>alert(1)</script>")
    (tmp_path / "b.svg").write_text("<svg onload='alert(1)'/>")
    (tmp_path / "c.png").write_bytes(b"\x89PNG")

    answers = {name: client.get(f"/media/{name}") for name in ("a.html", "b.svg", "c.png")}
    for answer in answers.values():
        answer.close()

    assert {name: r["Content-Type"] for name, r in answers.items()} == {
        "a.html": "application/octet-stream",
        "b.svg": "application/octet-stream",
        "c.png": "image/png",
    }
    assert {r["Content-Security-Policy"] for r in answers.values()} == {
        "default-src 'none'; sandbox"
    }


# --- Cost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["/", "/2015/", "/2015/12/", "/search/label/Paper"])
def test_lists_cost_at_most_seven_queries_whatever_their_length(
    client, django_assert_max_num_queries, count, path
):
    label = make_label()
    for day in range(count):
        make_post(labels=[label], publish_at=at(f"2015-12-0{day + 1}T12:00:00"))
    make_page(body="Undated.")

    with django_assert_max_num_queries(7):
        response = client.get(path)

    assert len(titles(response)) == count


def test_kind_and_state_decide_the_address():
    draft = make_post(state=State.DRAFT)

    assert draft.get_absolute_url() == f"/drafts/{draft.pk}/"
    assert (draft.kind, draft.address_month) == (Kind.POST, "")


@pytest.mark.parametrize("count", [1, 3, 30])
@pytest.mark.parametrize("words", ["room", "roo", "margins room", '"a room"'])
def test_search_costs_at_most_seven_queries_whatever_it_finds(
    client, django_assert_max_num_queries, count, words
):
    label = make_label()
    for number in range(count):
        make_post(labels=[label], publish_at=at("2015-12-03T12:00:00") + timedelta(days=number))

    with django_assert_max_num_queries(7):
        response = client.get("/search", {"q": words})

    assert response.context["found"].count == count
