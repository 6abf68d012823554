"""Pages on disk: what may lie there, that it is what memory has, and that it goes with a change."""

import gzip
import os
import shutil
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from blog import publishing
from blog.choices import State
from blog.models import Post
from blog.pagecache import disk as disk_module
from blog.pagecache import files as files_module
from blog.pagecache import keys, stamps
from blog.pagecache.disk import Disk, file_name
from blog.pagecache.files import Files
from blog.pagecache.keeper import Keeper
from blog.pagecache.lookout import LOOK_SECONDS
from blog.pagecache.wsgi import PageCache
from comments import moderation
from comments.choices import Status
from config.middleware import is_trusted, page_headers
from tests.blog.pagecache.processes import run_shell
from tests.blog.pagecache.visiting import Reader
from tests.builders import make_comment, make_label, make_post, make_user, set_profile

MEGABYTE = 1024 * 1024


@pytest.fixture
def disk():
    folder = settings.DATA_DIR / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    yield Disk(
        folder,
        limit_bytes=MEGABYTE,
        host=settings.SITE.netloc,
        is_secure=False,
        headers=page_headers(),
    )
    shutil.rmtree(folder)


@pytest.fixture
def reader(application, disk):
    """Who asks an application that keeps pages on disk."""
    cache = PageCache(
        application.application, is_trusted=is_trusted, limit_bytes=4 * MEGABYTE, disk=disk
    )
    yield Reader(cache)
    cache.close()


def on_disk(disk):
    """What a web server would find, without the encodings."""
    return sorted(str(path.relative_to(disk.site)) for path in disk.site.rglob("*~*.html"))


def asked_again(reader, *addresses, **headers):
    """The answers when each address is asked for again."""
    for address in addresses:
        reader.get(address, **headers)
    return [reader.get(address, **headers) for address in addresses]


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "~en.html"),
        ("/2026/01/a-b.html", "2026/01/a-b.html~en.html"),
        ("/2026/01/", "2026/01/~en.html"),
        ("/search/label/100%", "search/label/100%~en.html"),
        ("/search/label/标签".encode().decode("latin-1"), "search/label/标签~en.html"),
    ],
)
def test_page_has_a_name_of_its_own(path, name):
    assert file_name(path, "en") == name


@pytest.mark.parametrize(
    "path",
    [
        "", "x", "//x", "/x//y", "/../x", "/x/../y", "/x/..", "/./x", "/.git/config", "/x/.hidden",
        "/x\\..\\y", "/x\0", "/x\ny", "/~en.html", "/x~en.html/y", "/" + "x" * 201, "/x" * 600,
        "/标",
    ],
)  # fmt: skip
def test_name_that_could_be_another_file_is_refused(path):
    assert file_name(path, "en") is None


@pytest.mark.parametrize(
    ("set_to", "sentence"),
    [
        ({"PAGE_DISK_MB": "-1"}, "PAGE_DISK_MB is less than nothing. 0 keeps no pages on disk."),
        (
            {"PAGE_DISK_MB": "9", "CACHE_URL": "redis://127.0.0.1/0"},
            "PAGE_DISK_MB keeps pages on the disk of one machine, and CACHE_URL is for several: "
            "another machine's changes would not be seen there. Set only one of them.",
        ),
    ],
)
def test_start_is_refused_with_a_disk_that_could_not_be_right(set_to, sentence):
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={**os.environ, **set_to},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr.strip()) == (1, f"Postil can't start: {sentence}")


# --- What lies there ------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_page_asked_for_again_lies_on_disk_as_it_is_sent(reader, disk):
    set_profile()
    post = make_post(title="Margins")
    address = post.get_absolute_url()

    reader.get(address)
    after_one = on_disk(disk)
    answer = reader.get(address)
    packed = reader.get(address, HTTP_ACCEPT_ENCODING="gzip")

    path = disk.site / f"{address[1:]}~en.html"
    beside = path.with_name(f"{path.name}.gz")
    assert after_one == []
    assert on_disk(disk) == [f"{address[1:]}~en.html"]
    assert path.read_bytes() == answer.body
    assert beside.read_bytes() == packed.body
    assert gzip.decompress(packed.body) == answer.body
    # A web server makes its tag of the time and the size of a file: it is the tag that we sent.
    for file, sent in ((path, answer), (beside, packed)):
        status = file.stat()
        assert sent.headers["ETag"] == f'"{int(status.st_mtime):x}-{status.st_size:x}"'
        assert status.st_mode & 0o777 == 0o644


@pytest.mark.django_db(transaction=True)
def test_only_plain_pages_of_strangers_lie_on_disk(reader, disk):
    set_profile()
    post = make_post(title="Margins")
    make_post(title="Ahead", publish_at=timezone.now() + timedelta(days=2), state=State.PUBLISHED)
    address = post.get_absolute_url()

    asked_again(reader, f"{address}?comment=0", "/?utm_source=x", "/search?q=margins", "/nowhere")
    asked_again(reader, address, HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}=x")
    asked_again(reader, address, HTTP_COOKIE="guest=x")
    asked_again(reader, address, HTTP_HOST="localhost:8000")
    asked_again(reader, address, **{"wsgi.url_scheme": "https"})
    asked_again(reader, address, HTTP_X_FORWARDED_HOST="evil.example")
    asked_again(reader, address, method="HEAD")
    asked_again(reader, "/feeds/posts/default", "/robots.txt", "/healthz", "/accounts/login/")
    odd = on_disk(disk)
    asked_again(reader, address, "/")

    assert odd == []
    assert on_disk(disk) == [f"{address[1:]}~en.html", "~en.html"]


@pytest.mark.django_db(transaction=True)
def test_page_with_headers_of_its_own_is_left_to_us(reader, disk, monkeypatch):
    set_profile()
    monkeypatch.setattr(disk, "_headers", {**disk._headers, "referrer-policy": "no-referrer"})

    answers = asked_again(reader, "/")

    assert answers[0].came_from == "hit"
    assert on_disk(disk) == []


@pytest.mark.django_db(transaction=True)
def test_name_carries_the_language(reader, disk):
    set_profile(language="zh-hans")
    label = make_label("标签")
    make_post(title="页边").labels.add(label)

    asked_again(reader, "/search/label/标签".encode().decode("latin-1"))

    assert on_disk(disk) == ["search/label/标签~zh-hans.html"]


# --- What goes, and when --------------------------------------------------------------------------


@pytest.fixture
def blog(reader):
    """Two posts with a held comment on the first, and all their pages on disk."""
    set_profile()
    first, second = make_post(title="One"), make_post(title="Two")
    held = make_comment(first, status=Status.HELD, text="An opinion")
    asked_again(reader, "/", first.get_absolute_url(), second.get_absolute_url())
    return first, second, held


def pages_of(disk, *posts):
    return sorted(f"{post.get_absolute_url()[1:]}~en.html" for post in posts)


@pytest.mark.django_db(transaction=True)
def test_approval_removes_what_shows_it_and_leaves_the_rest(disk, blog):
    first, second, held = blog
    before = on_disk(disk)

    moderation.approve([held], by=make_user())

    assert before == sorted([*pages_of(disk, first, second), "~en.html"])
    # The other page names its neighbour, not what is said about it.
    assert on_disk(disk) == pages_of(disk, second)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["withdraw", "shell", "update"])
def test_page_is_gone_when_the_change_has_committed(disk, blog, change):
    first, second, _held = blog

    if change == "withdraw":
        publishing.withdraw(first, by=None)
    elif change == "shell":
        run_shell(f"from blog.models import Post; Post.objects.filter(pk={first.pk}).delete()")
    else:
        Post.objects.filter(pk=first.pk).update(title="Other")

    assert on_disk(disk) == []
    with disk.locked() as lock:
        assert files_module.read_size(lock) == 0
    assert second.pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_page_that_became_old_while_it_was_written_is_not_put_there(reader, disk, monkeypatch):
    set_profile()
    post = make_post(title="old")
    real, aside = disk_module._write, []

    def write_and_change(path, body, **how):
        real(path, body, **how)
        if not aside:
            aside.append(path)
            Post.objects.filter(pk=post.pk).update(title="new")

    monkeypatch.setattr(disk_module, "_write", write_and_change)

    asked_again(reader, post.get_absolute_url())

    assert len(aside) == 1
    assert on_disk(disk) == []
    assert list(disk.new.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_who_tells_a_change_waits_for_who_puts_a_page_and_removes_it(reader, disk, monkeypatch):
    set_profile()
    post = make_post(title="old")
    address = post.get_absolute_url()
    real, inside, goes_on, told = disk._list, threading.Event(), threading.Event(), []

    def held_up(*arguments):
        inside.set()
        goes_on.wait(10)
        real(*arguments)

    def change():
        Files(disk.folder).remove([stamps.slot(keys.post(post.pk))])
        told.append(on_disk(disk))

    monkeypatch.setattr(disk, "_list", held_up)
    reader.get(address)
    putting = threading.Thread(target=reader.get, args=[address])
    putting.start()
    assert inside.wait(10)  # it has found the page fresh and will put it there
    telling = threading.Thread(target=change)
    telling.start()
    telling.join(0.05)
    waited = telling.is_alive()
    goes_on.set()
    putting.join()
    telling.join()
    connection.close()

    assert waited
    assert told == [[]]


@pytest.mark.django_db(transaction=True)
def test_many_pages_behind_one_key_go_at_once(disk, blog, monkeypatch):
    monkeypatch.setattr(files_module, "MANY_PAGES", 1)
    stamps.current().finish(stamps.current().begin(), [keys.TEXTS])

    assert on_disk(disk) != []  # one page only shows every text: home

    monkeypatch.setattr(files_module, "MANY_PAGES", 0)
    asked = blog[0]
    stamps.current().finish(stamps.current().begin(), [keys.post(asked.pk)])

    assert on_disk(disk) == []


# --- The keeper -----------------------------------------------------------------------------------


def until(condition, seconds=10):
    waiting = threading.Event()
    for _time in range(int(seconds / 0.02)):
        if condition():
            return True
        waiting.wait(0.02)
    return False


@pytest.fixture
def keeper(disk):
    keeper = Keeper(disk)
    keeper.start()
    assert until(lambda: keeper._lookout.is_watching)
    yield keeper
    keeper.stop()


@pytest.mark.django_db(transaction=True)
def test_keeper_clears_what_was_left_behind(disk, blog):
    assert len(on_disk(disk)) == 3
    (disk.new / "half-written").write_text("x")

    keeper = Keeper(disk)
    keeper.start()
    cleared = until(lambda: on_disk(disk) == [] and list(disk.new.iterdir()) == [])
    keeper.stop()

    assert cleared


@pytest.mark.django_db(transaction=True)
def test_keeper_finds_what_a_stranger_changed_without_any_request(keeper, reader, disk):
    set_profile()
    post = make_post(title="One")
    asked_again(reader, post.get_absolute_url())
    before = on_disk(disk)
    raw = connection.Database.connect(**foreign_parameters())
    cursor = raw.cursor()
    cursor.execute("UPDATE blog_post SET title = 'Foreign'")
    raw.commit()
    raw.close()

    assert len(before) == 1
    assert until(lambda: on_disk(disk) == [], seconds=20 * LOOK_SECONDS)
    # A process that has not looked yet must not put its old page back.
    reader.application.lookout.next_at = float("inf")
    assert "Foreign" in reader.get(post.get_absolute_url()).text


def foreign_parameters():
    """How a program that knows nothing of us connects."""
    known = connection.get_connection_params()
    if connection.vendor == "sqlite":
        return {"database": known["database"]}
    return {name: known[name] for name in ("dbname", "user", "host", "port") if name in known}


@pytest.mark.django_db(transaction=True)
def test_page_goes_before_it_ends(reader, disk, blog, monkeypatch):
    first, _second, _held = blog
    ends = sorted(int(place.name) for place in disk.ends.iterdir())
    page = reader.application.store.find((False, first.get_absolute_url()))

    disk.tend()
    before = len(on_disk(disk))
    monkeypatch.setattr(disk_module, "time", lambda: ends[-1] + 0.5)
    disk.tend()

    assert ends[0] <= page.ends_at - 2 < ends[0] + 10
    assert before == 3
    assert on_disk(disk) == []
    assert list(disk.ends.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_page_that_ends_now_is_not_put_there(reader, disk):
    set_profile()
    make_post(title="Soon", state=State.PUBLISHED, publish_at=timezone.now() + timedelta(seconds=2))

    answers = asked_again(reader, "/")

    assert answers[0].came_from in {"hit", "stored"}
    assert on_disk(disk) == []


@pytest.mark.django_db(transaction=True)
def test_disk_is_bounded_and_the_oldest_make_room(reader, disk, monkeypatch):
    set_profile()
    posts = [make_post(title=f"Note {number}") for number in range(16)]
    addresses = [post.get_absolute_url() for post in posts]
    asked_again(reader, addresses[0])
    with disk.locked() as lock:
        one = files_module.read_size(lock)
    monkeypatch.setattr(disk, "limit_bytes", one * 12)

    asked_again(reader, *addresses)
    full = on_disk(disk)
    found = sum(path.stat().st_size for path in disk.site.rglob("*") if path.is_file())
    with disk.locked() as lock:
        counted = files_module.read_size(lock)
    monkeypatch.setattr(disk, "limit_bytes", int(found * 1.05))
    disk.tend()
    left = on_disk(disk)

    assert counted == found
    assert one * 9 < found <= one * 12
    assert len(full) < len(posts)
    kept = [name for post in posts for name in pages_of(disk, post) if name in full]
    assert [name in left for name in kept] == sorted(name in left for name in kept)
    assert 0 < len(left) < len(full)


@pytest.mark.django_db(transaction=True)
def test_readers_get_their_page_when_the_disk_is_full(reader, disk, monkeypatch, caplog):
    set_profile()
    make_post()

    def full(*arguments, **how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk_module, "_write", full)

    answers = [*asked_again(reader, "/"), reader.get("/")]

    assert [answer.came_from for answer in answers] == ["hit", "hit"]
    assert [record.getMessage() for record in caplog.records] == [
        f"A page can't be kept in {disk.folder}: No space left on device"
    ]
