"""Looks for one stale answer: `python -m benchmarks.stale --reads 100000 [--disk]`.

Processes write as fast as no newsroom ever does: titles, labels, comments, approvals, withdrawals,
deletions, the name of the blog. Others read at random through the real server. Each read has to
show what was committed before it was asked for, and nothing that was taken away before.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from gzip import decompress
from mmap import mmap
from pathlib import Path
from typing import Any

from benchmarks import server

READERS, WRITERS = 3, 2
READS_PER_CONNECTION = 25  # then another, which another process of the server may take
LONGEST_SECONDS = 3_600
PLACES = 16
TURN = re.compile(r"turn:(\d+):(\d+);")
SHOWN = re.compile(r"shown:(\d+);")


class Ledger:
    """What every process knows: for each place the change that was begun and the one that was
    committed last. An even number of a place that comes and goes means that it is there.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, which is as long as `size_bytes`."""
        with path.open("r+b") as file:
            numbers = memoryview(mmap(file.fileno(), 0)).cast("Q")
        self.begun, self.done = numbers[:PLACES], numbers[PLACES : 2 * PLACES]
        self.writes, self.stop = numbers[2 * PLACES :], numbers[-1:]

    size_bytes = 8 * (2 * PLACES + WRITERS + 1)


@dataclass(frozen=True, slots=True)
class Target:
    """An address, and the places that its page shows."""

    path: str
    turns: tuple[int, ...]
    shown: tuple[int, ...]
    is_shown_itself: int | None = None  # the page is there as long as this place is


def main() -> int:
    """Builds a small blog, lets them write and read, reports; 1 when a read was stale or wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reads", type=int, default=100_000)
    options.add_argument("--pause", type=float, default=0.5, help="longest between two writes, s")
    options.add_argument("--disk", action="store_true", help="read pages on disk, as nginx does")
    options.add_argument("--json", type=Path, help="where to write the figures")
    arguments = options.parse_args()
    if arguments.disk:
        os.environ["PAGE_DISK_MB"] = "16"
    with server.empty_blog() as folder:
        report = check(folder, arguments.reads, arguments.pause, from_disk=arguments.disk)
    text = json.dumps(report, indent=2)
    sys.stdout.write(f"{text}\n")
    if arguments.json:
        arguments.json.write_text(text)
    return 1 if report["stale"] or report["wrong"] else 0


def check(folder: Path, reads: int, pause: float, *, from_disk: bool) -> dict[str, Any]:
    """The report of one run."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    addresses = build()
    vendor = connection.vendor
    connection.close()
    context = multiprocessing.get_context("spawn")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="postil-stale-") as name:
        path = Path(name, "ledger")
        path.write_bytes(bytes(Ledger.size_bytes))
        with server.running(server.serve(workers=2)) as served:
            targets = survey(served.port, addresses)
            results: Any = context.Queue()
            each = -(-reads // READERS)
            site = folder / "pages" / "site" if from_disk else None
            writers = [
                context.Process(target=write, args=(path, number, pause))
                for number in range(WRITERS)
            ]
            readers = [
                context.Process(
                    target=read, args=(path, served.port, targets, each, seed, site, results)
                )
                for seed in range(READERS)
            ]
            for process in writers:
                process.start()
            ledger = Ledger(path)
            while not all(ledger.writes[:WRITERS]):
                if not all(process.is_alive() for process in writers):
                    raise RuntimeError("A writer ended before it wrote.")
                time.sleep(0.05)
            for process in readers:
                process.start()
            found = [results.get(timeout=LONGEST_SECONDS) for _reader in readers]
            ledger.stop[0] = 1
            for process in (*readers, *writers):
                process.join(60)
            writes = sum(ledger.writes[:WRITERS])
            failed = [process.exitcode for process in (*readers, *writers) if process.exitcode]
    total = {
        name: sum(one[name] for one in found)
        for name in ("reads", "stale", "wrong", "hits", "from_disk", "unavailable")
    }
    return {
        "database": vendor,
        **total,
        "writes": writes,
        "pairs_of_page_and_place": sum(len(t.turns) + len(t.shown) for t in targets),
        "failed_processes": len(failed),
        "seconds": round(time.perf_counter() - started, 1),
        "examples": [example for one in found for example in one["examples"]][:5],
    }


# --- What is written ------------------------------------------------------------------------------

# The places, by who writes them.
EDITED, LABEL, REWORDED, APPROVED, SCHEDULED = 1, 2, 3, 4, 5  # the first writer
UPDATED, WITHDRAWN, DELETED, BLOG, RELABELLED = 6, 7, 8, 9, 10  # the second


def turn(place: int, number: int) -> str:
    """What a page has to show of a place."""
    return f"turn:{place}:{number};"


def shown(place: int) -> str:
    """What a page shows while a place is there."""
    return f"shown:{place};"


def build() -> list[str]:
    """A blog in which everything is there; its addresses."""
    from comments.models import BlogComment
    from tests import builders

    builders.set_profile(title=turn(BLOG, 0))
    label = builders.make_label(turn(LABEL, 0))
    first = builders.make_post(title=turn(EDITED, 0), slug="edited")
    second = builders.make_post(title=turn(UPDATED, 0), slug="updated")
    third = builders.make_post(title=shown(WITHDRAWN), slug="withdrawn")
    builders.make_post(title=shown(DELETED), slug="deleted")
    for post in (first, second, third):
        post.labels.add(label)
    second.labels.add(builders.make_label(shown(RELABELLED)))
    builders.make_comment(first, text=turn(REWORDED, 0))
    builders.make_comment(first, text=shown(APPROVED))
    assert BlogComment.objects.count() == 2
    month = f"/{first.address_month}/"
    return [
        "/", month, month[:6], *(post.get_absolute_url() for post in (first, second, third)),
        "/feeds/posts/default", "/feeds/posts/default?alt=json", "/rss.xml",
        "/feeds/comments/default", first.feed_path, "/search?q=turn",
    ]  # fmt: skip


def changes(number: int) -> dict[int, Callable[[int], None]]:
    """What a writer can do, by place. What it does is what the product's own code does."""
    from blog import publishing
    from blog.models import Label, Post
    from comments import moderation
    from comments.models import BlogComment
    from tests import builders

    def post(slug: str) -> Post:
        return Post.objects.get(slug=slug)

    def edit(turn_number: int) -> None:
        edited = post("edited")
        edited.title = turn(EDITED, turn_number)
        publishing.save(edited, by=None)

    def rename_label(turn_number: int) -> None:
        label = Label.objects.get(name__startswith=f"turn:{LABEL}:")
        label.name = turn(LABEL, turn_number)
        label.save()

    def reword(turn_number: int) -> None:
        comment = BlogComment.objects.get(comment__startswith=f"turn:{REWORDED}:")
        comment.comment = turn(REWORDED, turn_number)
        comment.save()  # an edit by its writer could send it back to the queue

    def approve(turn_number: int) -> None:
        comment = BlogComment.objects.get(comment=shown(APPROVED))
        act = moderation.hold if turn_number % 2 else moderation.approve
        act([comment], by=None)  # type: ignore[arg-type]  # nobody decides here

    def update(turn_number: int) -> None:
        Post.objects.filter(slug="updated").update(title=turn(UPDATED, turn_number))

    def withdraw(turn_number: int) -> None:
        act = publishing.withdraw if turn_number % 2 else publishing.publish
        act(post("withdrawn"), by=None)

    def delete(turn_number: int) -> None:
        if turn_number % 2:
            Post.objects.filter(slug="deleted").delete()
        else:
            builders.make_post(title=shown(DELETED), slug="deleted")

    def rename_blog(turn_number: int) -> None:
        builders.set_profile(title=turn(BLOG, turn_number))

    def relabel(turn_number: int) -> None:
        labels = post("updated").labels
        label = Label.objects.get(name=shown(RELABELLED))
        (labels.remove if turn_number % 2 else labels.add)(label)

    own: tuple[dict[int, Callable[[int], None]], ...] = (
        {EDITED: edit, LABEL: rename_label, REWORDED: reword, APPROVED: approve},
        {
            UPDATED: update, WITHDRAWN: withdraw, DELETED: delete, BLOG: rename_blog,
            RELABELLED: relabel,
        },
    )  # fmt: skip
    return own[number]


def write(path: Path, number: int, pause: float) -> None:
    """Changes one place after another until told to stop."""
    import django

    django.setup()
    ledger, dice = Ledger(path), random.Random(number)  # noqa: S311 (no secret)
    own = changes(number)
    # What touches every page is done seldom, or nothing would ever be kept.
    weights = [1 if place in {LABEL, BLOG, DELETED, RELABELLED} else 4 for place in own]
    until = time.monotonic() + LONGEST_SECONDS
    while not ledger.stop[0] and time.monotonic() < until:
        (place,) = dice.choices(list(own), weights)
        turn_number = ledger.done[place] + 1
        ledger.begun[place] = turn_number
        own[place](turn_number)
        ledger.done[place] = turn_number
        ledger.writes[number] += 1
        time.sleep(dice.random() ** 3 * pause)


# --- What is read ---------------------------------------------------------------------------------


def survey(port: int, addresses: list[str]) -> list[Target]:
    """Which page shows what, while everything is there and nobody writes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    targets = []
    for path in addresses:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
        turns = tuple(sorted({int(place) for place, _number in TURN.findall(text)}))
        there = tuple(sorted({int(place) for place in SHOWN.findall(text)}))
        own = WITHDRAWN if path.endswith("/withdrawn.html") else None
        targets.append(Target(path, turns, there, own))
    connection.close()
    return targets


def read(
    path: Path,
    port: int,
    targets: list[Target],
    reads: int,
    seed: int,
    site: Path | None,
    results: Any,
) -> None:
    """Reads at random and puts what it found into `results`."""
    ledger, dice = Ledger(path), random.Random(1_000 + seed)  # noqa: S311 (no secret)
    names = ("reads", "stale", "wrong", "hits", "from_disk", "unavailable")
    found: dict[str, Any] = {**dict.fromkeys(names, 0), "examples": []}
    visitor = Visitor(port, site)
    until = time.monotonic() + LONGEST_SECONDS
    while found["reads"] < reads and time.monotonic() < until:
        target = dice.choice(targets)
        before = list(ledger.done)  # committed before we ask
        status, text, source = visitor.open(target.path, is_packed=dice.random() < 0.5)
        after = list(ledger.begun)
        found["reads"] += 1
        found["hits"] += source == "hit"
        found["from_disk"] += source == "disk"
        if status >= 500:
            found["unavailable"] += 1
            continue
        verdict = judge(target, status, text, before, after)
        if verdict:
            found[verdict] += 1
            if len(found["examples"]) < 5:
                found["examples"].append(
                    {
                        "path": target.path,
                        "verdict": verdict,
                        "status": status,
                        "source": source,
                        "committed": str(before),
                        "begun": str(after),
                        "turns": str(sorted(set(TURN.findall(text)))),
                        "shown": str(sorted(set(SHOWN.findall(text)))),
                    }
                )
    results.put(found)


def judge(
    target: Target, status: int, text: str, before: list[int], after: list[int]
) -> str | None:
    """`stale` for what was over before we asked, `wrong` for what was never so, None if right."""

    def may_be(place: int, *, there: bool) -> bool:
        return any(turn % 2 != there for turn in range(before[place], after[place] + 1))

    own = target.is_shown_itself
    if status != 200:
        if own is None or status not in {404, 410}:
            return "wrong"
        return None if may_be(own, there=False) else "stale"
    if own is not None and not may_be(own, there=True):
        return "stale"
    least: dict[int, int] = {}
    for place, number in TURN.findall(text):
        least[int(place)] = min(int(number), least.get(int(place), int(number)))
    if any(place not in least for place in target.turns):
        return "wrong"
    if any(least[place] < before[place] for place in least):
        return "stale"
    there = {int(place) for place in SHOWN.findall(text)}
    for place in {*target.shown, *there}:
        if not may_be(place, there=place in there):
            return "stale"
    return None


class Visitor:
    """Asks the server, or finds the page on disk first, as a web server in front does."""

    def __init__(self, port: int, site: Path | None) -> None:
        """Connects when it asks."""
        self._port, self._site = port, site
        self._connection: http.client.HTTPConnection | None = None
        self._asked = 0

    def open(self, path: str, *, is_packed: bool) -> tuple[int, str, str]:
        """Status, text and where it came from: `disk`, `hit` or `server`."""
        if self._site is not None and "?" not in path:
            name = f"{path[1:]}~en.html"
            with suppress(FileNotFoundError):
                if is_packed:
                    body = decompress((self._site / f"{name}.gz").read_bytes())
                else:
                    body = (self._site / name).read_bytes()
                return 200, body.decode(), "disk"
        if self._connection is None or self._asked >= READS_PER_CONNECTION:
            if self._connection is not None:
                self._connection.close()
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._asked = 0
        self._asked += 1
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip" * is_packed})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.headers["Content-Encoding"] == "gzip":
            body = decompress(body)
        is_hit = "hit" in answer.headers.get("Cache-Status", "")
        return answer.status, body.decode(), "hit" if is_hit else "server"


if __name__ == "__main__":
    sys.exit(main())
