"""What a word is, in texts and in what is looked for."""

import pytest

from blog.search import words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", " _ "),
        ("…—!?", " _ "),
        ("On margins", " on margins _ margin_ "),
        ("Café ＣＡＦＥ", " cafe cafe _ caf_ "),
        ("发表评论", " 发表 表评 评论 _ 发_ 表_ 评_ 论_ "),
        ("茶", " 茶 _ 茶_ "),
        ("iPhone评论", " iphone 评论 _ iphon_ 评_ 论_ "),
        ("请在\n评论", " 请在 评论 _ 请_ 在_ 评_ 论_ "),
        ("请在 评论", " 请在 在评 评论 _ 请_ 在_ 评_ 论_ "),  # a line of a source that went on
        ("node.js, 100% C++", " node js 100 c _ nod_ "),
        ("snake_case", " snake case _ snak_ cas_ "),
        ("Ёлка и й", " ёлка и й _ "),
        ("हिन्दी", " हिन्दी _ "),
        ("한국어", " 한국 국어 _ 한_ 국_ 어_ "),
        ("กาแฟ", " กา าแ แฟ _ ก_ า_ แ_ ฟ_ "),
    ],
)
def test_text_becomes_a_line_of_words(text, line):
    assert words.line_of(text) == line


def test_line_of_a_huge_text_fits_what_postgresql_takes():
    text = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(1_000_000))

    assert 800_000 < len(words.line_of(text).encode()) <= words.MAX_SIZE_BYTES + 10


def test_word_of_a_thousand_letters_is_cut():
    assert words.line_of("x" * 1_000) == f" {'x' * 64} _ {'x' * 64}_ "


@pytest.mark.parametrize(
    "forms",
    [
        ("margin", "margins"),
        ("make", "makes", "making"),
        ("story", "stories"),
        ("print", "printed", "printing", "prints"),
        ("stop", "stopped", "stopping", "stops"),
        ("box", "boxes"),
        ("watch", "watches", "watched"),
        ("glass", "glasses"),
    ],
)
def test_forms_of_a_word_share_their_stem(forms):
    assert {words.stem_of(form) or form for form in forms} == {words.stem_of(forms[-1])}


@pytest.mark.parametrize("word", ["this", "bus", "red", "sing", "123456", "éclairs", "thing"])
def test_what_is_no_form_stays_whole(word):
    assert words.stem_of(word) in {"", word}


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("", []),
        ("   ", []),
        ("\"'--*()^:{}[]", []),
        ("margins", [("margin_",)]),
        ("Margins MARGIN", [("margin_",)]),
        ("评论", [("评论",)]),
        ("发表评论", [("发表", "表评", "评论")]),
        ("茶", [("茶_",)]),
        ("node.js", [("node", "js")]),
        ('"the red house"', [("the", "red", "house")]),
        ("“the house” now", [("the", "house"), ("now_",)]),
        ("「发表 评论」", [("发表", "表评", "评论")]),
        ('the "red house', [("the_",), ("red_",), ("hous_",)]),
        ("title:x OR NEAR(y)", [("title", "x"), ("or",), ("near", "y")]),
        ("iPhone茶", [("iphone",), ("茶_",)]),
        ("a-b", [("a", "b")]),
    ],
)
def test_query_has_a_term_for_each_thing_that_was_typed(typed, tokens):
    assert [term.tokens for term in words.read(typed).terms] == tokens


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("the marg", "marg"),
        ("the marg ", ""),
        ('"the marg"', ""),
        ("ma", ""),
        ("评论", ""),
        ("node.js", ""),
        ("слов", "слов"),
    ],
)
def test_last_word_may_be_unfinished_while_nothing_stands_behind_it(typed, prefix):
    assert words.read(typed).terms[-1].prefix == prefix


def test_query_of_ten_thousand_words_is_cut():
    query = words.read(" ".join(f"word{number}" for number in range(10_000)))

    assert len(query.terms) == words.MAX_TERMS
    assert sum(len(term.tokens) for term in words.read("评" + "论评" * 5_000).terms) <= (
        words.MAX_TOKENS
    )
