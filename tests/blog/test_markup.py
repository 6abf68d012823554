import re
import time
from pathlib import Path

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog import markup
from blog.markup import clean
from blog.markup.code import CODE_CLASSES, COMMON_LANGUAGES
from tests.samples import xss

URL_ATTRIBUTES = {"cite", "href", "poster", "src"}
POST_TAGS = clean.BLOCKS | clean.INLINES | clean.MEDIA
CODE_CSS = Path(__file__).parents[2] / "blog/static/blog/css/code.css"


def as_html(source):
    return markup.render(source, markup="html")


def as_markdown(source):
    return markup.render(source, markup="markdown")


def walk(html):
    """Each element a browser would make of `html`, as (tag, attributes)."""
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [
        (element.tag.rpartition("}")[2], dict(element.attrib))
        for element in tree.iter()
        if isinstance(element.tag, str)
    ][1:]


def violations(html, tags, attributes, schemes):
    """What in `html` is not on the lists, as a browser sees it."""
    found = []
    for tag, values in walk(html):
        if tag not in tags:
            found.append(tag)
        for name, value in values.items():
            if name not in attributes.get(tag, set()) | attributes.get("*", set()):
                found.append(f"{tag} {name}")
            if name in URL_ATTRIBUTES:
                bare = re.sub(r"[\x00-\x20]", "", value)
                scheme = re.match(r"([a-z][a-z0-9+.-]*):", bare, re.IGNORECASE)
                if scheme and scheme[1].lower() not in schemes:
                    found.append(f"{tag} {name}={value}")
    return found


# Safety ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", xss.BODIES + xss.NAMES + xss.WEBSITES)
@pytest.mark.parametrize("render", [as_html, as_markdown])
def test_post_shows_no_active_content(render, source):
    html = render(source)

    found = violations(html, POST_TAGS, clean.POST_ATTRIBUTES, {"http", "https", "mailto", "tel"})

    assert found == []


@pytest.mark.parametrize("source", xss.BODIES + xss.NAMES + xss.WEBSITES)
def test_comment_shows_no_active_content(source):
    html = markup.render_comment(source)

    attributes = {**clean.COMMENT_ATTRIBUTES, "a": {"href", "rel"}}
    assert violations(html, clean.COMMENT_TAGS, attributes, {"http", "https", "mailto"}) == []
    links = [values for tag, values in walk(html) if tag == "a" and "href" in values]
    assert [v["rel"] for v in links] == ["ugc nofollow noopener"] * len(links)
    assert all(re.match(r"https?://|mailto:", v["href"], re.IGNORECASE) for v in links)


def test_the_corpus_is_large_and_the_walk_finds_what_it_is_for():
    assert len(set(xss.BODIES)) >= 150

    found = violations(
        "<p onclick=x><a href=' java\tscript:1'>a</a><svg></svg>", {"p", "a"}, {}, set()
    )

    assert found == ["p onclick", "a href", "a href= java\tscript:1", "svg"]


def test_ids_of_an_author_cannot_take_those_of_the_page():
    html = as_html('<p id="comments">a</p><a name="content">b</a><h2 id="s-x">c</h2>')

    assert html == ('<p id="s-comments">a</p><a id="s-content"></a>b<h2 id="s-x">c</h2>')


def test_unknown_classes_styles_and_data_attributes_are_dropped():
    html = as_html('<p class="site-header align-center" style="position:fixed" data-x="1">a</p>')

    assert html == '<p class="align-center">a</p>'


TAGS = [
    *("<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<i>", "<a>", "</a>", '<a name="more">'),
    *('<a href="#x">', '<a href="https://a.b/">', '<a name="x"/>', "<table>", "</table>", "<tr>"),
    *("<td>", "<th>", "<caption>", "<ul>", "<li>", "</ul>", "<br>", "<pre>", "</pre>", "<h1>"),
    *("</h1>", '<h2 id="x">', "<center>", "</center>", '<img src="x">', '<div class="separator">'),
    *('<table class="tr-caption-container">', '<td class="tr-caption">', "<code>", "<ruby>"),
    *("<rt>", "<span>", '<span class="code-name">', "</span>", "<blockquote>", "<figure>", "<dl>"),
    *('<p style="text-align: center">', "<dd>", "<details>", "<video>", "<source>", "<select>"),
    *('<iframe src="//x">', "</iframe>", "<svg>", "<math>", "<style>", "<!--more-->", "<!--"),
    *("-->", "<template>", "<form>", "<button>", "<hr>", "<col>", "<font>", "<strike>", "<title>"),
    *("<summary>", "</summary>", "</details>", "<figcaption>", "<dt>", "</dl>", "<ol>", "</ol>"),
    *("<em>", "</em>", "<q>", "<del>", "</del>", "<ins>", "<time>", "<bdo>", '<bdo dir="rtl">'),
    *("</h2>", "</pre>", "</code>", "<address>", "<header>", "<section>", "<audio>", "<track>"),
    *("<tbody>", "<thead>", "<tfoot>", '<td rowspan="3">', "<rp>", "</ruby>", "<h3>", "</h3>"),
    *('<div style="text-align: left">', '<div align="right">', '<b id="y">', "</rt>", "</li>"),
    *('<a href="a b">', '<img src="//x/y.png">', '<img src="z" alt="z">', "<dfn>", "</td>"),
    *("&lt;", "&amp;", "&#1;", "&nbsp;", " ", "\n", "\n\n", "- ", "> "),
]
FRAGMENTS = st.lists(st.sampled_from(TAGS) | st.text(max_size=4), max_size=20).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FRAGMENTS)
def test_cleaning_what_is_clean_changes_nothing(source):
    from_html, from_markdown = as_html(source), as_markdown(source)
    comment = markup.render_comment(source)

    assert as_html(from_html) == from_html
    assert clean.clean_post(from_markdown) == from_markdown
    assert clean.clean_comment(comment) == comment


@pytest.mark.parametrize("render", [as_html, as_markdown, markup.render_comment])
def test_characters_that_no_feed_can_carry_are_gone(render):
    html = render("a\x00\x01\x0b\x1b\x7f\x85\ufffeb&#1;&#x8;c\ud800d\te")

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]", html)
    assert re.sub(r"</?p[^>]*>|\ufffd|\n", "", html) == "abcd\te"


def test_direction_overrides_are_dropped_from_comments_and_kept_in_posts():
    assert markup.render_comment("a\u202eb&#x202e;c") == '<p dir="auto">abc</p>\n'
    assert as_html("<p>a\u202eb</p>") == "<p>a\u202eb</p>"


@pytest.mark.parametrize(
    "source",
    [
        *(char * 1400 for char in ">[*(<`&~_\\"),
        "\n" * 3000,
        ">" * 10_000,
        "[" * 10_000,
        "> " * 5000,
        "- " * 5000,
        "* a\n" * 2500,
        "<b>" * 3000,
        "[a](" * 2500,
        "**a " * 2500,
        "*a _b " * 1600,
        "![" * 5000,
        "http://" * 1400,
        "http://a.b/" + ")" * 9900,
        "www." * 2500,
        "".join(" " * depth + "- a\n" for depth in range(130)),
    ],
    ids=lambda source: f"{source[:6]!r}x{len(source)}",
)
def test_hostile_nesting_is_answered_at_once(source):
    started = time.process_time()

    markup.render_comment(source)
    as_markdown(source)
    as_html(source)

    # Linear work takes a tenth of a second; what grows with the square or worse takes minutes.
    assert time.process_time() - started < 20


def test_deeply_nested_html_keeps_its_text_and_takes_little_time():
    started = time.process_time()

    html = as_html("<div>" * 60_000 + "deep" + "</div>" * 60_000)

    assert time.process_time() - started < 2
    assert markup.plain_text(html) == "deep"
    assert html.count("<div>") <= 100


@pytest.mark.parametrize("language", sorted(COMMON_LANGUAGES))
def test_code_of_a_comment_is_coloured_in_little_time(language):
    started = time.process_time()

    for bit in ("\n", "a\n  ", '"', "(", "<", "a", "0x", "{{", "\\", "/*"):
        markup.render_comment(f"```{language}\n{(bit * 2500)[:2490]}\n```")

    assert time.process_time() - started < 4  # ten comments of the worst kind


def test_long_code_of_a_comment_stays_in_one_colour():
    short, long = "x = 1\n", "x = 1\n" * 500

    assert 'class="code-number"' in markup.render_comment(f"```python\n{short}```")
    assert 'class="code-number"' not in markup.render_comment(f"```python\n{long}```")
    assert 'class="code-number"' not in markup.render_comment(f"```cobol\n{short}```")


@pytest.mark.parametrize("render", [as_html, as_markdown, markup.render_comment])
def test_source_over_the_limit_is_refused_whole(render):
    with pytest.raises(markup.SourceTooLong):
        render("a" * (markup.MAX_SOURCE_CHARS + 1))


def test_unknown_markup_is_an_error():
    with pytest.raises(ValueError, match="textile"):
        markup.render("a", markup="textile")


# Markdown of posts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("# 标题 One", '<h2 id="s-标题-one">标题 One</h2>\n'),
        ("## A\n\n## A", '<h2 id="s-a">A</h2>\n<h2 id="s-a-2">A</h2>\n'),
        ("~~old~~ **new**", "<p><s>old</s> <strong>new</strong></p>\n"),
        ("**重点：**内容", "<p><strong>重点：</strong>内容</p>\n"),
        ("他说**“好”**了", "<p>他说<strong>“好”</strong>了</p>\n"),
        ("中文\n换行", "<p>中文换行</p>\n"),
        ("two\nlines", "<p>two\nlines</p>\n"),
        ("<b onclick=x>raw</b>", "<p><b>raw</b></p>\n"),
        (
            "![Alt](/media/a.jpg 'T')",
            '<p><img src="/media/a.jpg" alt="Alt" title="T" loading="lazy" decoding="async"></p>\n',
        ),
        ("[in](/p/a.html)", '<p><a href="/p/a.html">in</a></p>\n'),
        ("[out](https://a.example)", '<p><a href="https://a.example" rel="noopener">out</a></p>\n'),
        (
            "a | b\n:-|-:\n1 | 2",
            (
                '<table tabindex="0">\n<thead>\n<tr>\n<th class="align-left">a</th>\n'
                '<th class="align-right">b'
                '</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td class="align-left">1</td>\n'
                '<td class="align-right">2</td>\n</tr>\n</tbody>\n</table>\n'
            ),
        ),
        (
            "- [ ] to do\n- [x] **done**\n- [X](/x)",
            (
                '<ul>\n<li class="task-item"><span class="task-box">☐</span> to do</li>\n'
                '<li class="task-item"><span class="task-box">☑</span> <strong>done</strong></li>\n'
                '<li><a href="/x">X</a></li>\n</ul>\n'
            ),
        ),
        (
            "```python\nx = 1 # <one>\n```",
            (
                '<pre tabindex="0"><code class="language-python">'
                'x <span class="code-operator">=</span> <span class="code-number">1</span>'
                ' <span class="code-comment"># &lt;one&gt;</span>\n</code></pre>\n'
            ),
        ),
        (
            "```nonesuch\nx\n```",
            '<pre tabindex="0"><code class="language-nonesuch">x\n</code></pre>\n',
        ),
        ("    <code>", '<pre tabindex="0"><code>&lt;code&gt;\n</code></pre>\n'),
    ],
)
def test_markdown_of_a_post(source, html):
    assert as_markdown(source) == html


def test_footnotes_link_there_and_back():
    html = as_markdown("Text[^a].\n\n[^a]: Note.")

    assert html == (
        '<p>Text<sup class="footnote-ref"><a href="#s-fn1" id="s-fnref1">[1]</a></sup>.</p>\n'
        '<hr class="footnotes-sep">\n<section class="footnotes">\n<ol class="footnotes-list">\n'
        '<li class="footnote-item" id="s-fn1"><p>Note. '
        '<a href="#s-fnref1" class="footnote-backref">↩︎</a></p>\n</li>\n</ol>\n</section>\n'
    )


@pytest.mark.parametrize(
    ("source", "links"),
    [
        ("see https://a.example/b_c_d/.", ["https://a.example/b_c_d/"]),
        ("(https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("www.a.example, and more", ["https://www.a.example"]),
        ("请看https://a.example/路，好", ["https://a.example/"]),
        ("见www.a.example看", ["https://www.a.example"]),
        ("http://bücher.example/x", ["http://xn--bcher-kva.example/x"]),
        ("https://a.example?q=1&r=2!", ["https://a.example?q=1&r=2"]),
        ("run setup.py or README.md", []),
        ("[https://a.example/x](https://b.example)", ["https://b.example"]),
        ("`https://a.example`", []),
        ("me@a.example awww.b.example", []),
    ],
)
def test_bare_addresses_become_links(source, links):
    for render in (as_markdown, markup.render_comment):
        found = [values["href"] for tag, values in walk(render(source)) if tag == "a"]

        assert found == links


# HTML of posts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "html"),
    [
        pytest.param(
            '<div class="separator" style="clear: both; text-align: center;"><a href="/a.png"'
            ' imageanchor="1" style="margin-left: 1em;"><img border="0" height="20"'
            ' src="/a.png" width="30px" alt="A" /></a></div>',
            '<figure class="align-center"><a href="/a.png"><img height="20" src="/a.png" width="30"'
            ' alt="A" loading="lazy" decoding="async"></a></figure>',
            id="image block",
        ),
        pytest.param(
            '<div class="separator" style="text-align: center;"><a href="/a.png" style="clear:left;'
            ' float: left"><img src="/a.png" alt="A"></a></div>',
            '<figure class="align-left"><a href="/a.png"><img src="/a.png" alt="A" loading="lazy"'
            ' decoding="async"></a></figure>',
            id="floating image block",
        ),
        pytest.param(
            '<div class="separator" style="text-align: center;"><i>words</i></div>'
            '<div class="separator"><br /></div>',
            '<p class="align-center"><i>words</i></p>',
            id="separators without image",
        ),
        pytest.param(
            '<table align="center" class="tr-caption-container" style="margin-left: auto;'
            ' margin-right: auto;"><tbody><tr><td style="text-align: center;"><a href="/a.jpg">'
            '<img src="/a.jpg"></a></td></tr><tr><td class="tr-caption" style="text-align: center">'
            "A <b>cat</b></td></tr></tbody></table>",
            '<figure class="align-center"><a href="/a.jpg"><img src="/a.jpg" alt="A cat"'
            ' loading="lazy" decoding="async"></a><figcaption>A <b>cat</b></figcaption></figure>',
            id="image with caption",
        ),
        pytest.param(
            "One<br /><br/>\n<br>Two<br>lines", "<p>One</p><p>Two<br>lines</p>", id="br to p"
        ),
        pytest.param(
            "One<br><br><ul><li>a</li></ul>", "One<br><br><ul><li>a</li></ul>", id="br kept"
        ),
        pytest.param("<h1>T</h1>", '<h2 id="s-t">T</h2>', id="h1"),
        pytest.param("<center>a</center>", '<div class="align-center">a</div>', id="center"),
        pytest.param(
            '<img src="a.png" align="right"> <img src="javascript:x"><div>b</div>',
            '<img src="a.png" class="align-right" alt="" loading="lazy" decoding="async"> '
            "<div>b</div>",
            id="images",
        ),
        pytest.param(
            '<p><a href="/x/IMG_20%2031.jpg"><img src="/x/IMG_20%2031.jpg"></a></p>',
            '<p><a href="/x/IMG_20%2031.jpg"><img src="/x/IMG_20%2031.jpg" alt="IMG 20 31"'
            ' loading="lazy" decoding="async"></a></p>',
            id="a linked image has a name",
        ),
        pytest.param(
            '<p><a href="https://a.example" target="_blank" rel="nofollow opener">a</a></p>',
            '<p><a href="https://a.example" rel="nofollow noopener">a</a></p>',
            id="rel and target",
        ),
        pytest.param(
            '<iframe src="https://www.youtube.com/embed/abc?rel=0" title="A film"></iframe>',
            '<p><a href="https://www.youtube.com/watch?v=abc" rel="noopener">A film</a></p>',
            id="a frame leaves a link",
        ),
        pytest.param(
            '<p><a name="top" id="up"></a><a href="#top">t</a> <a href="#comments">c</a></p>',
            '<p><a id="s-up"></a><a href="#s-up">t</a> <a href="#comments">c</a></p>',
            id="anchors",
        ),
        pytest.param(
            '<video src="/v.mp4" autoplay></video>',
            '<video src="/v.mp4" controls=""></video>',
            id="video",
        ),
        pytest.param(
            '<p lang="ar" dir="rtl">ا</p><p dir="x" lang="&quot;">b</p>',
            '<p lang="ar" dir="rtl">ا</p><p>b</p>',
            id="language and direction",
        ),
        pytest.param(
            "<p><ruby>漢<rp>(</rp><rt>han</rt><rp>)</rp></ruby> H<sub>2</sub>O <kbd>x</kbd></p>",
            "<p><ruby>漢<rp>(</rp><rt>han</rt><rp>)</rp></ruby> H<sub>2</sub>O <kbd>x</kbd></p>",
            id="inline text",
        ),
        pytest.param("", "", id="nothing"),
    ],
)
def test_html_of_a_post(source, html):
    assert as_html(source) == html


def test_line_ends_become_breaks_only_when_asked():
    source = "a\nb\n\n<b>c\nd</b>"

    assert as_html(source) == "<p>a\nb\n\n<b>c\nd</b></p>"
    assert markup.render(source, markup="html", line_breaks=True) == (
        "<p>a<br>b</p><p><b>c<br>d</b></p>"
    )


def test_line_ends_between_blocks_and_in_code_are_no_breaks():
    html = markup.render(
        "a\nb\n<ul>\n<li>x</li>\n</ul>\n<pre>c\nd</pre>\n", markup="html", line_breaks=True
    )

    assert html == 'a<br>b<ul>\n<li>x</li>\n</ul><pre tabindex="0">c\nd</pre>'


# Comments ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("*a* **b** `c`", '<p dir="auto"><em>a</em> <strong>b</strong> <code>c</code></p>\n'),
        ("one\ntwo", '<p dir="auto">one<br>\ntwo</p>\n'),
        ("# no heading", '<p dir="auto"># no heading</p>\n'),
        ("title\n===", '<p dir="auto">title<br>\n===</p>\n'),
        ("a|b\n-|-\n1|2", '<p dir="auto">a|b<br>\n-|-<br>\n1|2</p>\n'),
        ("<b>x</b> &amp; y", '<p dir="auto">&lt;b&gt;x&lt;/b&gt; &amp; y</p>\n'),
        ("x[^1]", '<p dir="auto">x[^1]</p>\n'),
        (
            "> q\n\n- a",
            (
                '<blockquote dir="auto">\n<p dir="auto">q</p>\n</blockquote>\n'
                '<ul dir="auto">\n<li dir="auto">a</li>\n</ul>\n'
            ),
        ),
        (
            "![p](https://a.example/p.gif)",
            (
                '<p dir="auto">!<a href="https://a.example/p.gif" rel="ugc nofollow noopener">'
                "p</a></p>\n"
            ),
        ),
        (
            "<https://a.example> [m](mailto:a@b.example) [r](/admin/)",
            (
                '<p dir="auto"><a href="https://a.example" rel="ugc nofollow noopener">'
                'https://a.example</a> <a href="mailto:a@b.example" rel="ugc nofollow noopener">'
                "m</a> [r](/admin/)</p>\n"
            ),
        ),
        (
            "```py\nx\n```\n\n    y",
            (
                '<pre dir="ltr" tabindex="0"><code class="language-py">x\n</code></pre>\n'
                '<pre dir="ltr" tabindex="0"><code>y\n</code></pre>\n'
            ),
        ),
        ("{{7*7}} %(x)s", '<p dir="auto">{{7*7}} %(x)s</p>\n'),
    ],
)
def test_markdown_of_a_comment(source, html):
    assert markup.render_comment(source) == html


def test_deep_quotes_of_a_comment_are_capped_and_lose_no_word():
    html = markup.render_comment(">" * 1400 + " deep")

    assert 1 < html.count("<blockquote") <= 16
    assert "deep" in markup.plain_text(html)


# Colours of code ---------------------------------------------------------------------------------


def luminance(colour):
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_code_colours_can_be_read_in_both_schemes(scheme):
    css = CODE_CSS.read_text()
    colours = {
        name: values[scheme]
        for name, *values in re.findall(r"--(code-\w+): light-dark\((#\w{6}), (#\w{6})\);", css)
    }
    background = colours.pop("code-background")

    too_faint = {n: c for n, c in colours.items() if contrast(c, background) < 4.5}

    assert set(colours) == {"code-text", *CODE_CLASSES}
    assert all(f".{name} {{ color: var(--{name})" in css for name in CODE_CLASSES)
    assert too_faint == {}


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (
            '<p><img src="https://pictures.example/cat%20one.jpg"></p>',
            '<p><a href="https://pictures.example/cat%20one.jpg"'
            ' class="outside-picture" rel="noopener">cat one</a></p>',
        ),
        (
            '<a href="https://pictures.example/big.jpg"><img src="//pictures.example/s.jpg"'
            ' alt="A cat"></a>',
            '<p><a href="https://pictures.example/big.jpg" rel="noopener">'
            '<span class="outside-picture">A cat</span></a></p>',
        ),
        (
            '<video controls><source src="https://pictures.example/film.mp4"></video>',
            '<p><a href="https://pictures.example/film.mp4"'
            ' class="outside-picture" rel="noopener">film</a></p>',
        ),
        (
            '<p><img src="http://127.0.0.1:8000/media/a.jpg" alt="A"></p>',
            '<p><img src="/media/a.jpg" alt="A" loading="lazy" decoding="async"></p>',
        ),
    ],
)
def test_picture_of_another_host_is_a_link_and_ours_stays_a_picture(source, html):
    assert markup.render(source, markup="html") == html
