"""What of a found text is shown."""

import pytest
from django.utils.html import strip_tags

from blog.search import snippets, words

LONG = "A line that says nothing of interest goes here. " * 30


def shown(text, typed):
    return snippets.snippet(text, words.read(typed))


@pytest.mark.parametrize(
    ("text", "typed", "html"),
    [
        ("On margins.", "margin ", "On <mark>margins</mark>."),
        ("On marginalia.", "margin ", "On marginalia."),
        ("On marginalia.", "margin", "On <mark>marginalia</mark>."),
        ("A CAFÉ", "cafe", "A <mark>CAFÉ</mark>"),
        ("A Ｃａｆｅ́", "café", "A <mark>Ｃａｆｅ́</mark>"),
        ("Die Straße", "strasse", "Die <mark>Straße</mark>"),
        ("Æther", "aether", "<mark>Æther</mark>"),
        ("请在这里发表评论。", "评论", "请在这里发表<mark>评论</mark>。"),
        ("请发表\n评论。", "发表评论", "请<mark>发表 评论</mark>。"),
        ("喝茶", "茶", "喝<mark>茶</mark>"),
        ("making and made", "make ", "<mark>making</mark> and made"),
        ("a red house", '"red house"', "a <mark>red</mark> <mark>house</mark>"),
        ("<b> & red", "red", "&lt;b&gt; &amp; <mark>red</mark>"),
        ("red", "<script>", "red"),
        ("C++ and c", "c++", "<mark>C</mark>++ and <mark>c</mark>"),
        ("", "red", ""),
        ("red green", "green red", "<mark>red</mark> <mark>green</mark>"),
        ("мир и миру", "мир ", "<mark>мир</mark> и миру"),
    ],
)
def test_words_are_marked_and_all_else_is_escaped(text, typed, html):
    assert shown(text, typed) == html


def test_snippet_is_cut_from_where_most_words_stand():
    text = f"{LONG}red. {LONG}Here the red house stands. {LONG}"

    html = shown(text, "red house ")

    assert "Here the <mark>red</mark> <mark>house</mark> stands." in html
    assert html.startswith("…Here")
    assert html.endswith("…")
    assert len(strip_tags(html)) <= snippets.LENGTH + 2


def test_text_without_a_hit_shows_its_beginning():
    assert shown(LONG, "zebra") == f"{LONG[:219].rstrip()}…"


@pytest.mark.parametrize("family", ["👩\u200d👩\u200d👧", "🇫🇷", "👍🏽", "e\u0301", "각"])
def test_snippet_never_parts_what_is_one_character(family):
    for shift in range(12):
        text = f"{'x' * shift}{family * 200} red {family * 200}"

        plain = strip_tags(shown(text, "red")).strip("…").strip()

        assert (
            plain.replace("red", "").replace(" ", "").removeprefix("x" * shift).replace(family, "")
            == ""
        )


def test_title_is_marked_whole():
    title = "Marks in the margins of a very long title " * 8

    html = snippets.marked(title, words.read("margin "))

    assert strip_tags(html) == title
    assert html.count("<mark>margins</mark>") == 8
