"""From Markdown to HTML and back: a reader sees no difference, and what would differ is named."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog import markup

# Written as `markdown_of` writes it, so that there and back gives the very same source.
SETTLED = """\
## One

Two *em* **strong *both*** ~~gone~~ `code` [a link](https://example.org/ "Title") ![A cat](/media/a.jpg)

一**重点：**内容，a*b*c\\
second line, 2 \\* 3

- a
- b
  1. c
  2. d

     e

> Quoted
>
> - [ ] open
> - [x] done

5. five
6. six

| a | b |
| :-: | --: |
| 1 | `2` |

```python
def f():
    pass


# end
```

Note[^1], and another[^2].

<!--more-->

---

<figure class="align-left"><img src="/media/x.jpg" alt="A" width="3" height="4"><figcaption>Cap <em>x</em></figcaption></figure>

<details><summary>More</summary><p>Hidden <kbd>X</kbd></p></details>

[^1]: The *first*.

[^2]: 第二。
"""  # noqa: E501


def there_and_back(source):
    return markup.markdown_of(markup.render(source, markup="markdown"))


def test_markdown_comes_back_as_it_was_written():
    assert there_and_back(SETTLED) == SETTLED.replace("  1. c\n  2. d", "  1. c\n\n  2. d")


def test_source_in_html_gives_the_same_page_as_the_markdown_it_came_from():
    page = markup.render(SETTLED, markup="markdown")
    source = markup.authored(page)

    again = markup.render(source, markup="html")

    assert markup.differences(page, again) == []
    assert [
        word for word in ("loading=", "tabindex", "code-keyword", "<h2 id") if word in source
    ] == []
    assert "code-keyword" in again


@pytest.mark.parametrize(
    "source",
    [
        "# x #",
        "1. a\n2. b\n\n1) c",
        "- a\n\n* b",
        "5\\. x",
        "\\# no\n\n\\- no\n\n\\> no\n\n+\\ no",
        "a_b_c _d_ \\_e\\_",
        "https\\://example.org y www\\.example.org",
        "https://example.org/a_b 。https://example.org/x",
        "***x***",
        "**“a”**b",
        "a<em> b </em>c",
        "[a*b*](</x y> 't\"q')",
        "`` a`b `` and ``` `` ```",
        "<div>x\n\ny</div>",
        "<ruby>漢<rt>kan</rt></ruby> H<sub>2</sub>O &amp;amp; &lt;p&gt;",
        "> - a\n>\n>   ```\n>   x\n>\n>\n>   y\n>   ```",
        "| a |\n|---|\n| x\\|y `p\\|q` |",
        "<table><tr><td>no head</td></tr></table>",
        "text\n\n    indented code\n\n- x",
        "a[^1] b[^1]\n\n[^1]: Twice.",
        "x[^n]\n\n[^n]: One.\n\n    Two.",
        "<!--more-->\n\nafter",
        "![a](/m.jpg 'T')",
        '<p class="align-center">middle</p>',
    ],
)
def test_nothing_is_lost_on_the_way(source):
    page = markup.render(source, markup="markdown")

    again = markup.render(markup.markdown_of(page), markup="markdown")

    assert markup.differences(page, again) == []
    assert markup.markdown_of(again) == markup.markdown_of(page)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.text(
        alphabet=string.printable.replace("\x0b", "").replace("\x0c", "") + "纸，。“”\u3000",
        max_size=120,
    )
)
def test_any_text_gives_the_same_page_again(source):
    page = markup.render(source, markup="markdown")

    again = markup.render(markup.markdown_of(page), markup="markdown")

    assert markup.differences(page, again) == []


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [
        ("<p>a</p>", "<p>a</p>\n", []),
        ("<p>a <b>b</b></p>", "<p>a\n<strong>b</strong></p>", []),
        ("<blockquote><p>a</p></blockquote>", "<blockquote>a</blockquote>", []),
        ("<p></p><p>a</p><p><br></p>", "<p>a</p>", []),
        ("<p>a</p>", "<p>b</p>", ["text"]),
        ("<div>a</div>", "<p>a</p>", ["div"]),
        ('<p class="align-center">a</p>', "<p>a</p>", ["p"]),
        ("<p>a</p><hr>", "<p>a</p>", ["hr"]),
        ("<p>a</p>", "<p>a</p><hr>", ["hr"]),
        ("<pre>a\n\nb</pre>", "<pre>a\nb</pre>", ["text"]),
        ("<p>a</p><p>b</p>", "<p>b</p><p>a</p>", ["text"]),
    ],
)
def test_differences_name_what_a_reader_would_miss(before, after, missed):
    assert markup.differences(before, after) == missed
