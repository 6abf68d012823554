"""Several processes that read at random beside one that writes: nobody ever gets an old page."""

import json
import random
import threading
from pathlib import Path

import pytest
from django.conf import settings

from blog import publishing
from blog.models import Label, Post
from comments.models import BlogComment
from tests.blog.pagecache.processes import start
from tests.blog.pagecache.random_reader import shared
from tests.builders import make_comment, make_label, make_post, set_profile

READERS = 3
READS_EACH = 700


@pytest.mark.django_db(transaction=True)
def test_no_process_ever_answers_with_an_old_page(tmp_path):
    numbers = tmp_path / "numbers"
    numbers.write_bytes(bytes(8 * 8))
    committed = shared(numbers)
    set_profile()
    posts = [make_post(title=f"number-{place}-0-") for place in (1, 2, 3)]
    label = make_label("number-4-0-")
    posts[0].labels.add(label)
    comment = make_comment(posts[0], text="number-5-0-")

    def edit_properly(place, number):
        post = Post.objects.get(pk=posts[place - 1].pk)
        post.title = f"number-{place}-{number}-"
        publishing.save(post, by=None)

    def update_behind_the_back(place, number):
        Post.objects.filter(pk=posts[place - 1].pk).update(title=f"number-{place}-{number}-")

    def rename(place, number):
        Label.objects.filter(pk=label.pk).update(name=f"number-{place}-{number}-")

    def reword(place, number):
        comment.comment = f"number-{place}-{number}-"
        comment.save()

    changes = [
        (1, edit_properly), (2, edit_properly), (3, edit_properly), (2, update_behind_the_back),
        (4, rename), (5, reword),
    ]  # fmt: skip
    pages = [
        ("/", [1, 2, 3, 4]),
        (posts[0].get_absolute_url(), [1, 2, 4, 5]),
        (posts[1].get_absolute_url(), [1, 2, 3]),
        (posts[2].get_absolute_url(), [2, 3]),
        (f"/{posts[0].published_on:%Y/%m}/", [1, 2, 3]),
        ("/feeds/posts/default", [1, 2, 3, 4]),
        ("/feeds/posts/default?alt=json", [1, 2, 3, 4]),
        ("/feeds/comments/default", [5]),
        ("/search?q=number", [1, 2, 3]),
    ]

    assert Path(settings.DATA_DIR).is_dir()
    readers = [
        start("tests.blog.pagecache.random_reader", numbers, READS_EACH, seed, json.dumps(pages))
        for seed in range(READERS)
    ]
    dice, pause, number = random.Random(7), threading.Event(), 0  # noqa: S311
    # Each says its result in one line, which a pipe holds; whatever fails says more, so it is read.
    outputs = [[] for _reader in readers]
    listeners = [
        threading.Thread(target=lambda reader=reader, output=output: output.extend(reader.stdout))
        for reader, output in zip(readers, outputs, strict=True)
    ]
    for listener in listeners:
        listener.start()
    while any(listener.is_alive() for listener in listeners):
        number += 1
        place, change = dice.choice(changes)
        change(place, number)
        committed[place] = number  # whoever asks from now on has to see it
        pause.wait(dice.choice([0, 0.02, 0.1]))

    results = []
    for reader, output in zip(readers, outputs, strict=True):
        reader.stdout.close()
        assert reader.wait(10) == 0, output[-20:]
        results.append(json.loads(output[-1]))
    assert [result["examples"] for result in results] == [[]] * READERS
    assert [result["old"] for result in results] == [0] * READERS
    assert sum(result["reads"] for result in results) == READERS * READS_EACH
    assert number > 10  # a busy machine writes less
    assert sum(result["hit"] for result in results) > 100
    assert BlogComment.objects.count() == 1
