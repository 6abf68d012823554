"""Two texts side by side, and two changes of one text put together."""

import pytest

from blog.revisions import Merge, Piece, Row, compare, merge


def shown(pieces):
    return "".join(f"[{piece.text}]" if piece.is_changed else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "left", "right"),
    [
        ("A wide margin.", "A narrow margin.", "A [wide] margin.", "A [narrow] margin."),
        ("一页纸的四边。", "一页纸的三边。", "一页纸的[四]边。", "一页纸的[三]边。"),
        ("用Python写", "用Rust写", "用[Python]写", "用[Rust]写"),
        ("same", "same", "same", "same"),
        ("one two", "one", "one[ two]", "one"),
    ],
)
def test_words_are_marked_and_in_chinese_characters(before, after, left, right):
    (row,) = compare(before, after)

    assert (shown(row.before), shown(row.after)) == (left, right)


def test_paragraphs_stand_beside_each_other():
    rows = compare("one\n\ntwo\n\nthree", "one\n\nthree\n\nfour")

    assert rows == [
        Row([Piece("one", False)], [Piece("one", False)]),
        Row([Piece("two", True)], []),
        Row([Piece("three", False)], [Piece("three", False)]),
        Row([], [Piece("four", True)]),
    ]


def test_emptied_text_shows_all_that_is_gone():
    assert compare("one\n\ntwo", "") == [
        Row([Piece("one", True)], []),
        Row([Piece("two", True)], []),
    ]


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "together"),
    [
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", Merge("A\nb\nC", 0)),
        ("a\nb\nc", "a\nb\nc", "a\nc", Merge("a\nc", 0)),
        ("a\nb", "a\nb\nmine", "theirs\na\nb", Merge("theirs\na\nb\nmine", 0)),
        ("a\nb\nc", "a\nX\nc", "a\nX\nc", Merge("a\nX\nc", 0)),
        ("a\nb\nc", "a\nmine\nc", "a\ntheirs\nc", Merge("a\nmine\n\ntheirs\nc", 1)),
        ("a", "a\nmine", "a\ntheirs", Merge("a\nmine\n\ntheirs", 1)),
        ("", "mine", "theirs", Merge("mine\n\ntheirs", 1)),
        ("a\nb", "", "a\nb\nmore", Merge("\na\nb\nmore", 1)),
    ],
)
def test_two_changes_are_put_together(base, mine, theirs, together):
    assert merge(base, mine, theirs) == together


def test_long_texts_are_compared_in_little_time():
    words = [f"word{number} {number % 7}" for number in range(4_000)]
    before, after = " ".join(words), " ".join(reversed(words))

    (row,) = compare(before, after)

    assert (shown(row.before), shown(row.after)) == (f"[{before}]", f"[{after}]")
