"""What old editors wrote, and where HTML lets each element of it stand."""

import re
import time

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog import markup

# Written here once more, and not taken from the code, so that a slip there is seen.
PHRASES = {
    *("a", "abbr", "audio", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i"),
    *("img", "ins", "kbd", "mark", "q", "ruby", "s", "samp", "small", "span", "strong", "sub"),
    *("sup", "time", "u", "var", "video", "wbr"),
}
HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
TRANSPARENT = {"a", "del", "ins"}
FLOW = {
    *PHRASES,
    *HEADINGS,
    *("address", "article", "aside", "blockquote", "details", "div", "dl", "figure", "footer"),
    *("header", "hr", "ol", "p", "pre", "section", "table", "ul"),
}
ONLY = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "colgroup": {"col"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"td", "th"},
    "ruby": PHRASES | {"rt", "rp"},
    "figure": FLOW | {"figcaption"},
    "details": FLOW | {"summary"},
    "audio": PHRASES | {"source", "track"},
    "video": PHRASES | {"source", "track"},
}
WORDS_ONLY = (PHRASES - TRANSPARENT) | HEADINGS | {"p", "pre", "summary", "rt", "rp"}
NO_TEXT = {"ul", "ol", "dl", "table", "colgroup", "thead", "tbody", "tfoot", "tr"}
NEVER_BELOW = {
    "a": {"a", "details", "audio", "video"},
    "dfn": {"dfn"},
    "ruby": {"ruby"},
    "caption": {"table"},
    "dt": HEADINGS | {"article", "aside", "footer", "header", "section"},
    "th": HEADINGS | {"article", "aside", "footer", "header", "section"},
    "address": HEADINGS | {"address", "article", "aside", "footer", "header", "section"},
    "header": {"header", "footer"},
    "footer": {"header", "footer"},
    "audio": {"audio", "video"},
    "video": {"audio", "video"},
}


def misplaced(html):
    """What stands in `html` where it must not, as a browser's parser sees it."""
    root = html5lib.parseFragment(html, namespaceHTMLElements=False)
    found = []

    def visit(element, allowed, banned):
        tag = element.tag
        if tag in ONLY:
            allowed = ONLY[tag]
        elif tag in WORDS_ONLY:
            allowed = PHRASES
        elif tag not in TRANSPARENT:
            allowed = FLOW
        banned = banned | NEVER_BELOW.get(tag, set())
        texts = [element.text, *(child.tail for child in element)]
        if tag in NO_TEXT and any(text and text.strip() for text in texts):
            found.append(f"text in {tag}")
        for child in element:
            if child.tag not in allowed or child.tag in banned:
                found.append(f"{child.tag} in {tag}")
            visit(child, allowed, banned)
        found.extend(missing(element))

    visit(root, FLOW, set())
    return found


def missing(element):
    tags = [child.tag for child in element]
    if element.tag == "dl" and (tags[:1] != ["dt"] or tags[-1:] != ["dd"]):
        yield "dl without dt and dd"
    if element.tag == "details" and (tags[:1] != ["summary"] or tags.count("summary") > 1):
        yield "details without summary first"
    if element.tag == "figure" and "figcaption" in tags[1:-1]:
        yield "figcaption in the middle"
    if element.tag == "ruby" and tags[-1] not in ("rt", "rp"):
        yield "ruby without its reading"
    if element.tag in ("tr", "tbody", "thead", "tfoot", "table") and not tags:
        yield f"empty {element.tag}"
    if element.tag == "bdo" and "dir" not in element.attrib:
        yield "bdo without dir"
    if element.tag == "a" and "href" in element.attrib and not (tags or element.text):
        yield "a link without a name"
    if element.tag == "p" and not tags and not element.text:
        yield "empty p"


def test_the_check_finds_what_it_is_for():
    html = "<ul>x<ul></ul></ul><h2><div>a</div></h2><b><ul></ul></b><p></p><dl><br></dl>"

    assert misplaced(html) == [
        *("text in ul", "ul in ul", "div in h2", "ul in b", "empty p", "br in dl"),
        "dl without dt and dd",
    ]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<ul><br><li>a</li>\n<br /><li>b</li></ul>", "<ul><li>a</li>\n<li>b</li></ul>"),
        (
            "<ul><li>a</li><ul><li>b</li></ul></ul>",
            "<ul><li>a<ul><li>b</li></ul></li></ul>",
        ),
        ("<ul><ul><li>b</li></ul></ul>", "<ul><li><ul><li>b</li></ul></li></ul>"),
        ("<ul>text <b>x</b><li>a</li></ul>", "<ul><li>text <b>x</b></li><li>a</li></ul>"),
        ("<ul><div><li>a</li></div></ul>", "<ul><li>a</li></ul>"),
        ("<li>a</li><li>b</li><p>c</p>", "<ul><li>a</li><li>b</li></ul><p>c</p>"),
        ("<ul>\n</ul><p>a</p>", "<p>a</p>"),
        (
            "<ol><li value='3'>a</ol><ul><li value='3'>b</ul>",
            '<ol><li value="3">a</li></ol><ul><li>b</li></ul>',
        ),
        ("<dl><br><dt>a</dt><br><dd>b</dd></dl>", "<dl><dt>a</dt><dd>b</dd></dl>"),
        ("<dl>x<dt>a</dt>y<dd>b</dl>", "x<dl><dt>a</dt><dd>y</dd><dd>b</dd></dl>"),
        ("<dl><dd>a</dd></dl>", "<div>a</div>"),
        ("<dt>a", "<dl><dt>a</dt><dd></dd></dl>"),
        ("<b><div>a</div></b>", "<div><b>a</b></div>"),
        (
            "<i>x<div>a<p>b</p></div>y</i>",
            "<i>x</i><div><i>a</i><p><i>b</i></p></div><i>y</i>",
        ),
        (
            '<b id="k" title="t"><p>a</p><p>b</p></b>',
            '<a id="s-k"></a><p><b title="t">a</b></p><p><b>b</b></p>',
        ),
        ("<em><ul><li>a</li></ul></em>", "<ul><li><em>a</em></li></ul>"),
        ("<code><p>a</p></code>", "<p><code>a</code></p>"),
        ("<h2><p>a</p><p>b</p></h2>", '<h2 id="s-ab">a<br>b</h2>'),
        ('<h2><div id="x">a</div></h2>', '<h2 id="s-a"><a id="s-x"></a>a</h2>'),
        ('<h2><br></h2><h3 id="x"></h3><p>a</p>', '<a id="s-x"></a><p>a</p>'),
        (
            '<h3><img src="/a.png"></h3>',
            '<p><img src="/a.png" alt="" loading="lazy" decoding="async"></p>',
        ),
        (
            "<pre><div>a</div><div>  b</div></pre>",
            '<pre tabindex="0">a\n  b</pre>',
        ),
        ("<summary>a</summary>", "<div>a</div>"),
        ("<details open><p>a</p></details>", "<div><p>a</p></div>"),
        (
            "<details><p>a</p><summary><p>s</p></summary></details>",
            "<details><summary>s</summary><p>a</p></details>",
        ),
        ("<p></p><p> </p><p>\xa0</p>", "<p>&nbsp;</p>"),
        (
            '<a href="/x"><table><tr><td><a href="/y">a</a></td></tr></table></a>',
            '<a href="/x"><table><tbody><tr><td>a</td></tr></tbody></table></a>',
        ),
        ('<a href="/x"><div>a</div></a>', '<a href="/x"><div>a</div></a>'),
        (
            '<a href="/x"><h2 id="y">a</h2></a>',
            '<a href="/x"><h2 id="s-y">a</h2></a>',
        ),
        ('<p>a<a href="/x"></a></p>', "<p>a</p>"),
        (
            "<p>a<iframe src='https://a.example/f' title='F'></iframe>b</p>",
            ('<p>a</p><p><a href="https://a.example/f" rel="noopener">F</a></p><p>b</p>'),
        ),
        (
            "<table><tr><td rowspan='9' colspan='0'>a</td></tr><tr></tr></table>",
            '<table tabindex="0"><tbody><tr><td>a</td></tr></tbody></table>',
        ),
        (
            "<table><tfoot><tr><td>c</tfoot><tbody><tr><th><h3 id='x'>a</h3></table>",
            (
                '<table tabindex="0"><tbody><tr><th><p id="s-x">a</p></th></tr></tbody>'
                "<tfoot><tr><td>c</td></tr></tfoot></table>"
            ),
        ),
        (
            "<table><caption>a<table><tr><td>b<table><tr><td>c</table></table></caption>"
            "<tr><td>d</table>",
            (
                '<table tabindex="0"><caption>a<div>b<div>c</div></div></caption>'
                "<tbody><tr><td>d</td></tr></tbody></table>"
            ),
        ),
        ("<figcaption>a</figcaption>", "<div>a</div>"),
        (
            "<figure>a<figcaption>b</figcaption>c</figure>",
            "<figure>ac<figcaption>b</figcaption></figure>",
        ),
        ("<ruby>漢</ruby> <rt>a</rt>", "<p>漢 a</p>"),
        (
            "<bdo>a</bdo><bdo dir=auto>b</bdo><bdo dir=rtl>c</bdo>",
            '<p>ab<bdo dir="rtl">c</bdo></p>',
        ),
        (
            '<video src="/v"><source src="/w"><track src="/t"><p>a</p></video>',
            '<video src="/v" controls=""><track src="/t" kind="captions">a</video>',
        ),
        (
            '<ul><a name="more"></a><li>a</li></ul>',
            '<ul><li><a id="more"></a></li><li>a</li></ul>',
        ),
        (
            '<a href="/x"><table><tr><td>a<!--more-->b</td></tr></table></a>',
            '<a id="more"></a><a href="/x"><table><tbody><tr><td>ab</td></tr></tbody></table></a>',
        ),
    ],
)
def test_elements_stand_where_they_may(source, html):
    assert markup.render(source, markup="html") == html
    assert misplaced(html) == []
    assert markup.render(html, markup="html") == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            '<p><a href=" /a b/ä|[c]?d={e}#f g#h">a</a></p>',
            '<p><a href="/a%20b/ä%7C%5Bc%5D?d=%7Be%7D#f%20g%23h">a</a></p>',
        ),
        ('<p><a href="/100%/a%20b">a</a></p>', '<p><a href="/100%25/a%20b">a</a></p>'),
        ('<p><a href="http://[x/">a</a> <a href="https://a b/">b</a></p>', "<p>a b</p>"),
        (
            '<p><a href="https:\\\\a.example\\b">a</a></p>',
            '<p><a href="https://a.example/b" rel="noopener">a</a></p>',
        ),
        (
            '<p><img src="/\\a.example/x.png" alt="x"></p>',
            '<p><a href="//a.example/x.png" class="outside-picture" rel="noopener">x</a></p>',
        ),
        (
            '<p><time datetime="2024-02-30">a</time> <time datetime="2024-02-29">b</time></p>',
            '<p>a <time datetime="2024-02-29">b</time></p>',
        ),
        (
            '<p><ins datetime="May" cite="a b">a</ins>'
            ' <del datetime="2024-02-29T10:00:00Z" cite="data:x">b</del></p>',
            '<p><ins cite="a%20b">a</ins> <del datetime="2024-02-29T10:00:00Z">b</del></p>',
        ),
        (
            '<p lang="zh_CN">a</p><p lang="cn">b</p><p lang="en-UK">c</p>'
            '<p lang="zh-Hant-TW">d</p>',
            '<p>a</p><p>b</p><p>c</p><p lang="zh-Hant-TW">d</p>',
        ),
        (
            '<ol type="A" start="3"><li>a</ol><ol type="disc"><li>b</ol>',
            '<ol type="A" start="3"><li>a</li></ol><ol><li>b</li></ol>',
        ),
    ],
)
def test_attributes_keep_only_what_parses(source, html):
    assert markup.render(source, markup="html") == html
    assert markup.render(html, markup="html") == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            '<center>a<p align="left">b</p></center><p align="left">c</p>',
            '<div class="align-center">a<p class="align-left">b</p></div><p>c</p>',
        ),
        (
            '<div align="right">a<div style="text-align: left">b<p align="left">c</p></div></div>',
            '<div class="text-right">a<div class="text-left">b<p>c</p></div></div>',
        ),
        (
            '<table><tr><td align="center"><p style="text-align:left">a</p></td></tr></table>',
            (
                '<table tabindex="0"><tbody><tr><td class="align-center">'
                '<p class="align-left">a</p></td></tr></tbody></table>'
            ),
        ),
        ('<div style="float: right">a</div>', '<div class="align-right">a</div>'),
    ],
)
def test_text_at_the_left_stays_there_inside_a_centred_element(source, html):
    assert markup.render(source, markup="html") == html
    assert markup.render(html, markup="html") == html


PIECES = [
    *("<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<ul>", "</ul>", "<ol>", "<li>", "</li>"),
    *("<dl>", "</dl>", "<dt>", "<dd>", "<h2>", "</h2>", "<h3 id=x>", "<pre>", "</pre>", "<code>"),
    *("<a href=x>", "<a name=y>", "</a>", "<table>", "</table>", "<tr>", "<td>", "<th>", "<hr>"),
    *("<td rowspan=3>", "<caption>", "<thead>", "<tfoot>", "<figure>", "<figcaption>", "<br>"),
    *("<details>", "</details>", "<summary>", "</summary>", "<ruby>", "<rt>", "<rp>", "</ruby>"),
    *("<video>", "</video>", "<source src=v>", "<ins>", "<dfn>", "<address>", "<header>", "<bdo>"),
    *("<center>", "<section>", "<blockquote>", "<span lang=en>", "</span>", "<!--more-->", " "),
    *("<img src=a alt=a>", "<img src=//a.example/b>", "<time datetime=2024>", "one", "two", "三"),
]


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_whatever_is_written_stands_where_it_may_and_keeps_its_text(source):
    html = markup.render(source, markup="html")

    assert misplaced(html) == []
    assert markup.render(html, markup="html") == html
    written = re.findall("one|two|三", source)
    assert sorted(re.findall("one|two|三", markup.plain_text(html) + rubies(html))) == sorted(
        written
    )


def rubies(html):
    """The readings, which plain text leaves out."""
    root = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return " ".join("".join(e.itertext()) for e in root.iter() if e.tag in ("rt", "rp"))


@pytest.mark.parametrize(
    "source",
    [
        "".join(f'<b title="{"t" * 2000}{index}">' for index in range(90)) + "<p>x" * 20_000,
        "".join(f'<i lang="a{chr(97 + index)}">' for index in range(26)) + "<p>x" * 50_000,
        "<table>" + "<tr><td rowspan=60000>x<tr>" * 20_000,
        "<ul>" + "<ul>x</ul>" * 20_000,
        "<h2>" + "<div>x</div>" * 20_000,
        "<table><th><caption>x" * 20_000,
    ],
    ids=lambda source: source[:8],
)
def test_hostile_nesting_grows_neither_the_time_nor_the_text(source):
    started = time.process_time()

    html = markup.render(source, markup="html")

    assert time.process_time() - started < 20
    assert len(html) < 10 * len(source)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            "<video><img src=//a.example/b.png>one",
            '<video controls=""><a href="//a.example/b.png" class="outside-picture" '
            'rel="noopener">b</a>one</video>',
        ),
        (
            "<video src=//a.example/v.mp4>one",
            '<a href="//a.example/v.mp4" class="outside-picture" rel="noopener">v</a>one',
        ),
    ],
)
def test_words_of_a_player_stay_when_its_source_is_outside(source, html):
    assert html in markup.render(source, markup="html")
