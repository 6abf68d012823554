"""Reads pages at random beside writes, and says how many were old: one process of
`test_processes`. Arguments: a file of numbers shared with the writer, how many reads, a seed, and
the addresses, each with the places of the numbers that its page shows.
"""

import json
import mmap
import os
import random
import re
import sys
from pathlib import Path

NUMBER = re.compile(r"number-(\d+)-(\d+)-")
MARK = re.compile("</?mark>")  # around what was searched


def shared(path):
    """The numbers that were committed, one for each row that the writer changes."""
    with Path(path).open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")


def main(path, reads, seed, pages):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings

    # As in the other tests: static files under their plain names, none collected.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    from config.wsgi import page_cache as application
    from tests.blog.pagecache.visiting import Reader

    committed = shared(path)
    reader = Reader(application)
    dice = random.Random(int(seed))  # noqa: S311
    counts = {"old": 0, "hit": 0, "reads": 0, "wrong": 0}
    examples = []
    places = json.loads(pages)
    committed[0] += 1  # ready: an increment too many or too few only delays the start
    for _read in range(int(reads)):
        address, expected = dice.choice(places)
        least = {place: committed[place] for place in expected}  # on disk before we ask
        answer = reader.get(address, HTTP_ACCEPT_ENCODING=dice.choice(["", "gzip"]))
        text = MARK.sub("", answer.text)
        shown = {int(place): int(number) for place, number in NUMBER.findall(text)}
        counts["reads"] += 1
        counts["hit"] += answer.came_from == "hit"
        if answer.status != 200 or not set(expected) <= set(shown):
            counts["wrong"] += 1
            examples.append([address, answer.status, expected, shown])
        elif any(shown[place] < least[place] for place in expected):
            counts["old"] += 1
            examples.append([address, answer.came_from, least, shown])
    print(json.dumps({**counts, "examples": examples[:5]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
