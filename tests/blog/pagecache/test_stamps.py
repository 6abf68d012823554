"""The counters: what is fresh, what is old, who is dead."""

import multiprocessing
import os
import signal
import threading

import pytest

from blog.pagecache.keys import EVERYTHING
from blog.pagecache.stamps import (
    SEQUENCE,
    SLOT_COUNT,
    WRITER_COUNT,
    WRITERS,
    MappedStamps,
    slot,
    slots_of,
)


@pytest.fixture
def counters(tmp_path):
    return MappedStamps(tmp_path / "stamps")


def tell(counters, *keys):
    counters.finish(counters.begin(), keys)


def test_page_is_old_when_one_of_its_keys_was_told_and_only_then(counters):
    slots = slots_of(["post:1", "comments"])
    _fresh, mark = counters.compare(None, ())

    tell(counters, "post:2", "texts")
    other = counters.compare(mark, slots)[0]
    tell(counters, "comments")
    own = counters.compare(mark, slots)[0]

    assert (other, own) == (True, False)
    assert counters.compare(counters.compare(None, ())[1], slots)[0]


def test_everything_touches_every_page_and_anything_a_page_without_keys(counters):
    mark = counters.compare(None, ())[1]
    tell(counters, "post:1")
    after_one = counters.compare(mark, slots_of(["post:2"]))[0], counters.compare(mark, ())[0]
    tell(counters, EVERYTHING)
    after_all = counters.compare(mark, slots_of(["post:2"]))[0]

    assert after_one == (True, False)
    assert after_all is False


def test_change_without_keys_is_no_change(counters):
    mark = counters.compare(None, ())[1]

    tell(counters)

    assert counters.compare(mark, ())[0]


def test_forgetting_makes_every_mark_of_before_worthless(counters):
    mark = counters.compare(None, ())[1]

    counters.forget()

    assert not counters.compare(mark, slots_of(["post:1"]))[0]
    assert counters.compare(counters.compare(None, ())[1], ())[0]


def test_keys_lie_within_the_slots_and_only_everything_in_the_first():
    places = {slot(f"post:{number}") for number in range(20_000)}

    assert slot(EVERYTHING) == 0
    assert 1 <= min(places) <= max(places) < SLOT_COUNT
    assert len(places) > 15_000


def tell_often(path, times):
    counters = MappedStamps(path)
    for _time in range(times):
        tell(counters, "post:1")


def test_no_change_is_lost_between_processes_and_threads(tmp_path):
    path = tmp_path / "stamps"
    counters = MappedStamps(path)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=tell_often, args=(path, 500)) for _two in range(2)]
    threads = [
        threading.Thread(target=lambda: [tell(counters, "post:2") for _time in range(500)])
        for _two in range(2)
    ]

    for worker in (*processes, *threads):
        worker.start()
    for worker in (*processes, *threads):
        worker.join()

    assert [process.exitcode for process in processes] == [0, 0]
    assert counters.compare(None, ())[1] == (0, 2_000)
    assert not any(counters._map.counters[WRITERS:])


def begin_and_wait(path, ready):
    counters = MappedStamps(path)
    counters.begin()
    ready.set()
    signal.pause()


def test_writer_that_died_touches_everything_and_a_living_one_nothing(tmp_path):
    path = tmp_path / "stamps"
    counters = MappedStamps(path)
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    writer = spawn.Process(target=begin_and_wait, args=(path, ready))
    writer.start()
    assert ready.wait(30)
    mark = counters.compare(None, ())[1]

    counters.sweep()
    while_alive = counters.compare(mark, slots_of(["post:1"]))[0]
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    counters.sweep()
    after_death = counters.compare(mark, slots_of(["post:1"]))[0]

    assert (while_alive, after_death) == (True, False)
    assert counters._map.counters[SEQUENCE] == 1
    counters.sweep()
    assert counters._map.counters[SEQUENCE] == 1  # buried once


def fork_and_tell(path, results):
    counters = MappedStamps(path)
    tell(counters, "post:1")
    results.put(counters.compare(None, ())[1][1])


def test_places_of_writers_are_given_again(tmp_path):
    path = tmp_path / "stamps"
    MappedStamps(path)
    spawn = multiprocessing.get_context("fork")

    for _time in range(5):
        results = spawn.Queue()
        process = spawn.Process(target=fork_and_tell, args=(path, results))
        process.start()
        process.join()
        assert process.exitcode == 0

    counters = MappedStamps(path)
    tell(counters, "post:1")
    assert counters.compare(None, ())[1] == (0, 6)
    assert counters._map.writer == 0
    assert WRITER_COUNT > 64
