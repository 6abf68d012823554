"""The search for a stale answer, small: real server, real writers, both ways to a page."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from benchmarks.stale import Target, judge

READS = 2_000


@pytest.mark.parametrize("options", [[], ["--disk"]], ids=["memory", "disk"])
def test_no_answer_is_stale(options):
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.stale", "--reads", str(READS), *options],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if name != "DATA_DIR"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert result.returncode == 0, result.stdout + result.stderr[-3_000:]
    report = json.loads(result.stdout)
    assert (report["stale"], report["wrong"], report["unavailable"]) == (0, 0, 0)
    assert report["failed_processes"] == 0
    assert report["reads"] >= READS
    assert report["writes"] > 10
    assert report["hits"] > 100
    assert bool(report["from_disk"]) == bool(options)


TARGET = Target("/", turns=(1,), shown=(2,))


@pytest.mark.parametrize(
    ("text", "before", "after", "verdict"),
    [
        ("turn:1:5; shown:2;", [0, 5, 4], [0, 5, 4], None),
        ("turn:1:6; shown:2;", [0, 5, 4], [0, 6, 4], None),  # begun, and so perhaps seen
        ("turn:1:4; shown:2;", [0, 5, 4], [0, 6, 4], "stale"),
        ("turn:1:5; turn:1:4; shown:2;", [0, 5, 4], [0, 5, 4], "stale"),
        ("shown:2;", [0, 5, 4], [0, 5, 4], "wrong"),
        ("turn:1:5;", [0, 5, 4], [0, 5, 4], "stale"),  # there, and not shown
        ("turn:1:5; shown:2;", [0, 5, 5], [0, 5, 5], "stale"),  # gone, and still shown
        ("turn:1:5; shown:2;", [0, 5, 4], [0, 5, 5], None),  # about to go
        ("turn:1:5;", [0, 5, 4], [0, 5, 5], None),
    ],
)
def test_checker_knows_a_stale_page_when_it_sees_one(text, before, after, verdict):
    assert judge(TARGET, 200, text, before, after) == verdict


def test_page_that_came_or_went_is_judged_by_its_status():
    target = Target("/x", turns=(), shown=(), is_shown_itself=1)

    assert judge(target, 404, "", [0, 3], [0, 3]) is None
    assert judge(target, 404, "", [0, 4], [0, 4]) == "stale"
    assert judge(target, 200, "", [0, 3], [0, 3]) == "stale"
    assert judge(TARGET, 404, "", [0, 1, 2], [0, 1, 2]) == "wrong"
