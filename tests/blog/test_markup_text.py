import re
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog import markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b <b>c</b>\n d</p>", "a\nb c d"),
        ("<p>a<br>b &amp; &lt;c&gt;</p>", "a\nb & <c>"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre><code>if x:\n    y  z\n</code></pre><p>d</p>", "if x:\n    y  z\nd"),
        ("<p>see<sup class='footnote-ref'><a href='#s-fn1'>[1]</a></sup> it</p>", "see it"),
        ("<p><ruby>漢<rt>han</rt>字<rt>zi</rt></ruby></p>", "漢字"),
        ("text alone", "text alone"),
        ("", ""),
    ],
)
def test_plain_text(html, text):
    assert markup.plain_text(html) == text


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("short", 10, "short"),
        ("several words here", 14, "several words…"),
        ("several words here", 15, "several words…"),
        ("several, words", 9, "several…"),
        ("没有空格的中文句子", 5, "没有空格…"),
        ("中文，后面", 4, "中文…"),
        ("中文word", 5, "中文…"),
        ("endlesswordwithoutspace", 10, "endlesswo…"),
        ("ab👨‍👩‍👧cd", 4, "ab…"),
        ("ab👍🏽cd", 4, "ab…"),
        ("a🇨🇳🇫🇷b", 4, "a🇨🇳…"),
        ("xe\u0301\u0302yz", 4, "x…"),
        ("a  \n b", 3, "a b"),
    ],
)
def test_excerpt_is_cut_between_words_and_visible_characters(text, length, expected):
    assert markup.excerpt(f"<p>{text}</p>", length=length) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(), st.integers(min_value=1, max_value=30))
def test_excerpt_is_never_longer_than_asked_and_always_storable(text, length):
    excerpt = markup.excerpt(f"<p>{escape(text)}</p>", length=length)

    assert len(excerpt) <= length
    assert excerpt.encode().decode() == excerpt


@pytest.mark.parametrize(
    ("source", "kind", "before"),
    [
        ("One\n\n<!--more-->\n\nTwo", "markdown", "<p>One</p>"),
        ("*One <!-- more --> two*", "markdown", "<p><em>One </em></p>"),
        ("<p>One</p><!--more--><p>Two</p>", "html", "<p>One</p>"),
        ("<p>One</p><!--more Read on--><p>Two</p>", "html", "<p>One</p>"),
        ('One<br /><a name="more"></a><br />Two', "html", "<p>One</p>"),
        ("<div>One<a name='more'/>Two</div>", "html", "<div>One</div>"),
        ("<p>One</p><p><a name='more'></a>Two</p>", "html", "<p>One</p>"),
    ],
)
def test_read_more_mark_splits_and_keeps_its_anchor(source, kind, before):
    html = markup.render(source, markup=kind)

    assert markup.split_more(html) == (before, True)
    assert html.count('<a id="more"></a>') == 1
    assert "wo" in markup.plain_text(html)


def test_split_without_a_mark_gives_everything():
    html = markup.render("`<!--more-->` is shown, [more](#more) too", markup="markdown")

    assert markup.split_more(html) == (html, False)


def test_first_picture():
    html = markup.render(
        '<img alt="no source"><img src="/media/b.png" alt="A &lt; B" width="30" height="x">',
        markup="html",
    )

    assert markup.first_picture(html) == markup.Picture("/media/b.png", "A < B", 30, None)
    assert markup.first_picture("<p>none</p>") is None


def test_headings_are_those_that_a_link_can_lead_to():
    html = markup.render(
        "## One & *only*\n\ntext\n\n### 第二\n\n<h2></h2>\n\n## One & only", markup="markdown"
    )

    assert markup.headings(html) == [
        markup.Heading("s-one-only", "One & only", 2),
        markup.Heading("s-第二", "第二", 3),
        markup.Heading("s-one-only-2", "One & only", 2),
    ]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("", 1), ("word " * 238 * 3, 3), ("字" * 2_000, 5), ("字" * 400 + "word " * 238, 2)],
)
def test_reading_minutes_count_words_and_characters(text, minutes):
    assert markup.reading_minutes(f"<p>{text}</p>") == minutes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("two words", 2),
        ("a well-known don't", 3),
        ("word—word … - !", 2),
        ("你好，世界。", 4),
        ("用Django写博客", 5),
        ("ひらがなとカタカナ", 9),
        ("हिन्दी भाषा", 2),
        ("한국어 글", 2),
        ("3.14 10:30", 2),
    ],
)
def test_word_count(text, count):
    assert markup.word_count(text) == count


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Crème\n Brûlée ", "creme brulee"),
        ("ＡＢＣ１２", "abc12"),
        ("Straße ŁÓDŹ Æsir", "strasse lodz aesir"),
        ("cafe\u0301", "cafe"),
        ("がぎ カ\u3099", "がぎ ガ"),
        ("ｶﾞ", "ガ"),
        ("Йод", "йод"),
        ("co\u00adop\u200berate", "cooperate"),
        ("漢字　かな", "漢字 かな"),
    ],
)
def test_fold(text, folded):
    assert markup.fold(text) == folded


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert markup.fold(markup.fold(text)) == markup.fold(text)


# Addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "language", "proposals"),
    [
        ("Hello, World!", "", ["hello-world"]),
        ("Don’t Panic", "", ["dont-panic"]),
        ("Crème & Øl", "", ["creme-ol"]),
        ("Über Größe", "de", ["ueber-groesse"]),
        ("Über", "", ["uber"]),
        ("重庆的早晨", "", ["chong-qing-de-zao-chen", "重庆的早晨"]),
        ("Django 入门", "zh-hans", ["django-ru-men", "django-入门"]),
        ("東京の朝", "ja", ["東京の朝"]),
        ("Привет Django", "ru", ["привет-django", "django"]),
        ("🎉", "", ["post"]),
        ("", "", ["post"]),
        ("../../etc/passwd", "", ["etc-passwd"]),
    ],
)
def test_slug_proposals(title, language, proposals):
    assert markup.slug_proposals(title, language=language) == proposals
    assert markup.slugify(title, language=language) == proposals[0]


def test_long_slugs_are_cut_at_a_word():
    slug = markup.slugify("one two three four five six seven eight nine ten eleven twelve 13")

    assert slug == "one-two-three-four-five-six-seven-eight-nine-ten-eleven"
    assert markup.slugify("a" * 80) == "a" * 60


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_slugs_are_never_empty_and_fit_an_address(title):
    for slug in markup.slug_proposals(title):
        assert 0 < len(slug) <= 60
        assert not re.search(r"[\s/?#%&\"'<>\\.]|^-|-$|--", slug)
