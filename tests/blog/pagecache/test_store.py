"""The memory that pages may take, and what of it goes first."""

import pytest

from blog.pagecache.store import Page, Store, Variant, acceptable, names_tag, variants


def page(size_bytes):
    variant = Variant('"x"', [], b"x" * size_bytes, [])
    return Page("200 OK", {"identity": variant}, (0, 0), (), 0.0, 0.0)


def test_page_that_was_asked_for_again_stays_when_newcomers_crowd_in():
    store = Store(100_000)
    for name in ("read", "read once"):
        store.keep(name, page(4_000))
    store.find("read")

    for number in range(100):
        store.keep(number, page(4_000))

    assert store.find("read") is not None
    assert store.find("read once") is None
    assert store.find(99) is not None
    assert store.size_bytes <= 100_000


def test_memory_is_bounded_when_every_page_is_asked_for_again():
    store = Store(100_000)

    for number in range(100):
        store.keep(number, page(4_000))
        store.find(number)

    assert 60_000 < store.size_bytes <= 100_000
    assert len(store) == store.size_bytes // page(4_000).size_bytes
    assert store.find(0) is None


def test_newer_page_takes_the_place_and_the_room_of_the_older():
    store = Store(100_000)
    for size in (4_000, 6_000, 5_000):
        store.keep("one", page(size))
        store.find("one")

    assert len(store) == 1
    assert store.size_bytes == page(5_000).size_bytes


def test_page_that_is_too_large_takes_no_room_and_leaves_no_older_one():
    store = Store(100_000)
    store.keep("one", page(100))

    store.keep("one", page(50_000))

    assert (store.find("one"), store.size_bytes, len(store)) == (None, 0, 0)


def test_variants_are_the_same_for_the_same_bytes_and_smaller_where_they_can():
    html = [("Content-Type", "text/html; charset=utf-8")]
    first, second = variants(html, b"word " * 200), variants(html, b"word " * 200)

    assert first == second
    assert {"identity", "gzip"} <= set(first)
    assert len(first["gzip"].body) < 200
    assert set(variants(html, b"short")) == {"identity"}
    assert set(variants([("Content-Type", "image/png")], b"word " * 200)) == {"identity"}
    assert len({variant.etag for variant in first.values()}) == len(first)


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("", ("identity",)),
        ("gzip", ("gzip", "identity")),
        ("GZIP, deflate, br", ("br", "gzip", "identity")),
        ("*", ("br", "gzip", "identity")),
        ("*;q=0, gzip", ("gzip", "identity")),
        ("gzip;q=0, br;q=0.0", ("identity",)),
        ("gzip; q=0.1", ("gzip", "identity")),
        ("identity;q=0", ("identity",)),
        (",,;q=,gzip;level=9", ("gzip", "identity")),
        ("x," * 1_000 + "gzip", ("identity",)),
    ],
)
def test_acceptable_codings(header, codings):
    assert acceptable(header) == codings


@pytest.mark.parametrize(
    ("header", "is_named"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("", False),
        ("a", False),
        ('"x", ' * 2_000 + '"a"', False),
    ],
)
def test_tags_that_a_browser_names(header, is_named):
    assert names_tag(header, ['"a"']) is is_named
