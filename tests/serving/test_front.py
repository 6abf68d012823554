"""nginx and Caddy as docs/serving/ says: what they send by themselves is what the blog would send,
and is gone with the change.
"""

import gzip
import json

import pytest
from django.conf import settings

# What only one of the two says, or says of itself.
OWN_HEADERS = {"server", "date", "connection", "cache-status", "accept-ranges", "alt-svc"}


def comparable(answer):
    """Headers that must be the same from the blog and from disk."""
    return {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}


@pytest.fixture
def post(blog):
    """The address of a new post with a comment, and its key."""
    return blog.do(
        "post = builders.make_post(title='Margins', body='A note in the margin. ' * 60)\n"
        "builders.make_comment(post, text='Well said')\n"
        "answer = [post.get_absolute_url(), post.pk]"
    )


def test_page_from_disk_is_the_page_of_the_blog(blog, front, post, ask_disk):
    address, _key = post

    for coding in ("", "gzip"):
        from_blog = blog.ask(address, Accept_Encoding=coding)
        from_disk = ask_disk(address, Accept_Encoding=coding)

        expected, got = comparable(from_blog), comparable(from_disk)
        if front.kind == "caddy":
            expected.pop("etag")  # it makes its own of the same two numbers
            assert got.pop("etag").startswith('"')
            # It sends a packed file without saying how long it is.
            assert got.pop("transfer-encoding", "") == ("chunked" if coding else "")
            expected.pop("content-length") if coding else None
        assert got == expected
        assert from_disk.body == from_blog.body
        assert from_disk.headers.get("content-encoding", "") == coding
    assert b"Well said" in gzip.decompress(from_disk.body)


def test_encodings_have_tags_of_their_own_and_304_follows(front, post, ask_disk):
    address, _key = post
    plain, packed = ask_disk(address), ask_disk(address, Accept_Encoding="gzip")

    known = front.ask(address, If_None_Match=plain.headers["etag"])
    other = front.ask(address, If_None_Match='"0-0"')
    clock = front.ask(address, If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT")

    assert plain.headers["etag"] != packed.headers["etag"]
    assert (known.status, known.body) == (304, b"")
    assert known.headers["cache-control"] == "public, no-cache"
    assert known.headers["vary"] == "Accept-Encoding, Cookie"
    assert (other.status, clock.status) == (200, 200)
    assert "last-modified" not in plain.headers


def test_tag_of_the_blog_is_known_to_nginx(blog, front, post, ask_disk):
    address, _key = post
    if front.kind != "nginx":
        pytest.skip("Caddy makes tags in another way: a page is sent once more, and is right.")
    ask_disk(address)

    tag = blog.ask(address).headers["etag"]

    assert front.ask(address, If_None_Match=tag).status == 304


def test_head_is_get_without_a_body(front, post, ask_disk):
    address, _key = post
    page = ask_disk(address)

    head = front.ask(address, method="HEAD")

    assert head.is_from_disk
    assert (head.status, head.body) == (200, b"")
    assert comparable(head) == comparable(page)


@pytest.mark.parametrize("name", ["__Host-session", "__Host-guest", "__Host-writer", "messages"])
def test_people_with_a_cookie_get_pages_of_their_own(front, post, ask_disk, name):
    address, _key = post
    ask_disk(address)

    known = front.ask(address, Cookie=f"theme=dark; {name}=x")
    stranger = front.ask(address, Cookie="theme=dark")

    assert (known.status, known.is_from_disk) == (200, False)
    assert known.headers["cache-control"] == "private, no-cache"
    assert stranger.is_from_disk


def test_cookies_of_the_configurations_are_those_of_the_blog(blog):
    names = blog.do("from blog.pagecache import pages; answer = sorted(pages.private_cookies)")
    words = ("session", "guest", "writer", "messages", "unlocked")

    for file in ("nginx.conf", "Caddyfile"):
        text = (settings.BASE_DIR / "docs" / "serving" / file).read_text()
        assert f"({'|'.join(words)})=" in text
    assert all(name.endswith(words) for name in names)


def test_only_plain_questions_are_answered_from_disk(front, post, ask_disk):
    address, _key = post
    page = ask_disk(address)

    answers = {
        "query": front.ask(f"{address}?utm_source=x"),
        "password": front.ask(address, Authorization="Basic eDp4"),
        "range": front.ask(address, Range="bytes=0-3"),
    }

    assert [answers[name].is_from_disk for name in ("query", "password")] == [False, False]
    assert {answer.status for answer in answers.values()} == {200}
    assert {answer.body for answer in answers.values()} == {page.body}


def test_post_and_long_bodies(blog, front, post, ask_disk):
    address, key = post
    ask_disk(address)
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    origin = {"Origin": f"https://blog.example.org:{front.port}"}
    where = f"/comments/on/{key}/"

    asked = [
        [server.ask(path, method="POST", body=b"comment=Kept+text", **form, **origin)
         for path in (address, where)]
        for server in (front, blog)
    ]  # fmt: skip
    too_long = front.ask(where, method="POST", body=b"comment=" + b"x" * 13_000_000, **form)

    through, direct = [[answer.status for answer in answers] for answers in asked]
    assert through == direct
    assert not any(answer.is_from_disk for answer in asked[0])
    assert "Kept text" in asked[0][1].text
    assert too_long.status == 413


# --- Freshness ------------------------------------------------------------------------------------


def test_approved_comment_shows_at_once(blog, front, post, ask_disk):
    address, key = post
    for number in range(5):
        made = f"c = builders.make_comment(Post.objects.get(pk={key}), status='held', text='Number {number}.')"  # noqa: E501
        blog.do(f"{made}\nanswer = c.pk")
        before = ask_disk(address)
        blog.do("moderation.approve([c], by=None)")

        after = front.ask(address)

        assert f"Number {number}." not in before.text
        assert f"Number {number}." in after.text


def test_published_post_shows_at_once_everywhere(blog, front, post, ask_disk):
    address, _key = post
    before = [ask_disk("/"), ask_disk(address)]
    blog.do(
        "draft = builders.make_post(title='Fresh from the press', state='draft')\n"
        "publishing.publish(draft, by=None)"
    )

    after = [front.ask("/"), front.ask(address)]

    assert not any("Fresh from the press" in answer.text for answer in before)
    assert all("Fresh from the press" in answer.text for answer in after)


def test_withdrawn_post_is_gone_when_it_has_committed(blog, front, post, ask_disk):
    address, key = post
    ask_disk(address)
    ask_disk(address, Accept_Encoding="gzip")

    blog.do(f"publishing.withdraw(Post.objects.get(pk={key}), by=None)")

    assert [front.ask(address, Accept_Encoding=c).status for c in ("", "gzip")] in (
        [404, 404], [410, 410],
    )  # fmt: skip
    assert front.ask(address, method="HEAD").status in {404, 410}


def test_two_versions_of_one_second_and_one_size_have_two_tags(blog, front, post, ask_disk):
    address, key = post
    tags = set()
    for letter in "abcd":
        blog.do(f"Post.objects.filter(pk={key}).update(title='Title {letter}')")
        answer = ask_disk(address)
        assert f"Title {letter}" in answer.text
        assert front.ask(address, If_None_Match=", ".join(tags) or '"-"').status == 200
        tags.add(answer.headers["etag"])

    assert len(tags) == 4


def test_blog_in_chinese_has_its_language(blog, front, post, ask_disk):
    label = "/search/label/%E6%A0%87%E7%AD%BE"
    blog.do(
        f"post = Post.objects.get(pk={post[1]})\n"
        "post.labels.add(builders.make_label('标签'))\n"
        "SiteProfile.objects.update(language='zh-hans')"
    )
    try:
        answer = ask_disk(label)
        page = blog.ask(label)
    finally:
        blog.do("SiteProfile.objects.update(language='en')")

    assert answer.headers["content-language"] == "zh-hans"
    assert answer.body == page.body
    assert ask_disk(label).headers["content-language"] == "en"


# --- Files, and what lies beside them -------------------------------------------------------------


def test_static_file_is_sent_as_by_the_blog(blog, front):
    address = blog.ask("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    wanted = ["content-encoding", "cache-control", "x-content-type-options", "vary"]

    for coding in ("", "gzip"):
        from_blog = blog.ask(address, Accept_Encoding=coding)
        from_front = front.ask(address, Accept_Encoding=coding)

        assert from_front.body == from_blog.body
        got, expected = from_front.headers, from_blog.headers
        assert got["content-type"].replace('"', "") == expected["content-type"].replace('"', "")
        assert {name: got.get(name) for name in wanted} == {
            name: expected.get(name) for name in wanted
        }
    assert got["cache-control"] == "max-age=315360000, public, immutable"


@pytest.mark.parametrize("name", ["a picture.png", "page.html", "script.svg", "film.mp4"])
def test_media_are_never_something_that_runs(blog, front, name):
    folder = blog.folder / "media" / "2026"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"<script>alert(1)</script>")
    address = f"/media/2026/{name.replace(' ', '%20')}"

    from_blog, from_front = blog.ask(address), front.ask(address)

    names = ("content-type", "cache-control", "content-security-policy", "x-content-type-options")
    assert from_front.body == from_blog.body == b"<script>alert(1)</script>"
    assert {n: from_front.headers[n] for n in names} == {n: from_blog.headers[n] for n in names}
    disposition = from_front.headers.get("content-disposition", "inline").partition(";")[0]
    assert disposition == from_blog.headers["content-disposition"].partition(";")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/secret_key", "/postil.sqlite3", "/../secret_key", "/..%2fsecret_key",
        "/%2e%2e/secret_key", "/static/../secret_key", "/static/..%2fsecret_key",
        "/static%2f..%2fsecret_key", "/media/../secret_key", "/media/..%2f..%2fsecret_key",
        "/media/%2e%2e/secret_key", "/static/staticfiles.json/../../secret_key", "/site/~en.html",
        "/~en.html", "/lock", "/../lock", "/keeper", "/none/", "/static/", "/media/",
        "/2026/01/~en.html", "//etc/passwd", "/..;/secret_key", "/static/%00",
    ],
)  # fmt: skip
def test_nothing_but_pages_and_files_is_given_away(blog, front, ask_disk, path):
    secret = b"what nobody may read"
    (blog.folder / "secret_key").write_bytes(secret)
    blog.do("builders.make_post()")
    ask_disk("/")  # now there is more than one thing to give away

    answer = front.ask(path)

    assert answer.status in {301, 308, 400, 403, 404, 405}
    assert secret not in answer.body
    assert b"SQLite format" not in answer.body
    assert b"root:" not in answer.body


def test_other_hosts_get_nothing(front):
    try:
        status = front.ask("/", Host="evil.example").status
    except (ConnectionError, OSError):
        status = 421  # nginx hangs up without a word

    assert status in {200, 400, 421}
    if status == 200:
        assert front.ask("/", Host="evil.example").body == b""  # Caddy's answer for nobody


def test_address_of_the_visitor_reaches_the_blog(blog, front, post):
    """A forged X-Forwarded-For ends at the web server."""
    _address, key = post
    body = json.dumps({}).encode()

    answer = front.ask(
        f"/comments/on/{key}/", method="POST", body=body, X_Forwarded_For="6.6.6.6",
        X_Forwarded_Proto="http", Content_Type="application/json",
    )  # fmt: skip

    # With the forged scheme believed it would be a redirect to https.
    assert answer.status not in {301, 302, 500}
