"""Every component of the reader's pages in every state, on one page: while developing, and for the
tests that look at it. Nothing of it is in the database, and nothing of the blog's own shows.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from blog import markup
from blog.choices import GadgetKind, Theme
from blog.models import Author, Label, Post, SiteProfile
from blog.models.appearance import Gadget
from blog.templatetags.blog_tags import ArchiveMonth, ArchiveYear
from comments.choices import Order
from comments.models import BlogComment
from comments.templatetags.discussion import RecentComment, Row, face

AT = datetime(2015, 12, 3, 7, 8, tzinfo=UTC)
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAMzMzAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="

TEXT = """\
A page has four margins, and *none* of them is empty. **What is strong stands out**, what was
~~wrong~~ is struck, `code` is set in its own face, and a [link](#) says where it goes. Press
<kbd>Ctrl</kbd> + <kbd>S</kbd>. <mark>Marked</mark>, H<sub>2</sub>O, x<sup>2</sup>,
<abbr title="World Wide Web Consortium">W3C</abbr>, <q>quoted <q>twice</q></q>.[^note]

## A heading of the second rank

> Nothing is lost that stands in a margin.
>
> > Not even what stands in the margin of a margin.

### A third

1. One
2. Two
   - with a leaf
   - and another
3. Three

- [x] done
- [ ] still to do

#### A fourth

```python
def width(page: int, *, margins: tuple[int, ...] = (4, 9)) -> int:
    \"\"\"What is left between them, in millimetres, however long the line may get.\"\"\"
    return page - sum(margins)  # never below 60
```

| Margin | Classic share of the page | Who writes there |
|--------|--------------------------:|------------------|
| inner  | 1 / 9 | nobody: the thread of the binding runs there |
| outer  | 2 / 9 | everybody, with whatever lies at hand, and often at length |

<figure><img src="/static/blog/icons/favicon.svg" alt="Two lines" width="160" height="160"
><figcaption>A figure and what is said below it.</figcaption></figure>

<dl><dt>Quoin</dt><dd>The wedge that locks everything up.</dd><dt>Pie</dt><dd>A page that was
dropped.</dd></dl>

<details><summary>And what did the printer say?</summary><p>Nothing that can be set.</p></details>

---

Averylongwordthatnobodyeverwroteinamarginbecausetherewasneverroomforitthereandneverwillbe.

[^note]: A note at the foot, and the way back.
"""

CHINESE = """\
纸的四边叫作页边。写在页边的字，比正文走得更远——“因为没有人要求它们到达。”2015 年的 Marginalia
里有 3 条评论，用 `python` 排版，**重点**与*着重*各有各的写法。

> 读书百遍，其义自见。

- 第一条，带一个很长的英文单词 typographically
- 第二条：《页边集》（修订版）
"""

ARABIC = """\
الهامش غرفة. ما يُكتب فيه يبقى أطول مما يُكتب في المتن، و*لا أحد* يطلب منه أن يصل.

> لا يضيع ما يقف في الهامش.

- أول
- ثانٍ، مع كلمة English في الوسط
"""


def _post(title: str, *, key: int = 1, labels: Iterable[Label] = (), **fields: Any) -> Post:
    """A post that was never saved."""
    post = Post(title=title, pk=key, slug="post", address_month="2015/12", publish_at=AT, **fields)
    post.author = Author(name="Ada Verne")
    post._prefetched_objects_cache = {"labels": list(labels)}  # type: ignore[attr-defined]
    return post


def _label(name: str, post_count: int = 1) -> Label:
    label = Label(name=name)
    label.post_count = post_count  # type: ignore[attr-defined]  # as a query would bring it
    return label


ROW = Row(
    pk=1,
    anchor="c1",
    status="published",
    is_shown=True,
    removed_by="",
    name="Grete Halm",
    face=SafeString(),
    user_url="",
    at_iso="2015-12-03T15:08:00+08:00",
    at_words="December 3, 2015 at 3:08 PM",
    body_html=markup.render_comment("A margin is a **room**, and a [window](https://example.org)."),
    is_author=False,
    is_pinned=False,
    is_loved=False,
    is_edited=False,
    like_count=0,
    is_liked=False,
    parent_anchor="",
    parent_name="",
    is_deep=False,
    reply_url="/comments/on/1/",
    may_pin=False,
    may_love=False,
    is_editable=False,
    is_own=False,
)


def _rows() -> list[Row]:
    """One comment for each state there is; each has its own key."""
    long = markup.render_comment("> quoted\n\n- one\n- two\n\n`code` and a word: " + "margin" * 30)
    unseen = {"is_shown": False, "is_own": True, "reply_url": ""}
    states: list[dict[str, Any]] = [
        {"user_url": "https://example.org/", "like_count": 12},
        {"name": "Ada Verne", "is_author": True, "is_pinned": True, "is_loved": True},
        {"name": "许青禾", "body_html": markup.render_comment("写在页边的字，走得更远。")},
        {"name": "Tom", "is_liked": True, "like_count": 1, "is_edited": True, "body_html": long},
        {"name": "نورا", "body_html": markup.render_comment("الهامش غرفة.")},
        {"is_own": True, "is_editable": True, "may_pin": True, "may_love": True},
        {"status": "held", **unseen, "is_editable": True},
        {"status": "unconfirmed", **unseen},
        {"status": "removed", "removed_by": "author"},
        {"status": "removed", "removed_by": "moderator"},
        {"status": "removed"},
        {"name": "A" * 60, "parent_anchor": "c1", "parent_name": "Grete Halm", "is_deep": True},
    ]
    rows = []
    for key, state in enumerate(states, start=1):
        row = ROW._replace(**{"pk": key, "anchor": f"c{key}", **state})
        # Every third has confirmed nothing, and so has no colour of his own.
        writer = BlogComment(user_name=row.name, guest_id=key if key % 3 else None)
        rows.append(row._replace(face=face(writer)))
    return rows


def _gadgets() -> list[Gadget]:
    words = markup.render("Two people, *two cities*. [More](#)", markup="markdown")
    gadgets = [Gadget(kind) for kind in GadgetKind if kind not in {"text", "about"}]
    about = Gadget(GadgetKind.ABOUT, text_html=words)
    return [about, *gadgets, replace(about, kind=GadgetKind.TEXT, title="A text of one’s own")]


def _archive() -> list[ArchiveYear]:
    months = [
        ArchiveMonth(date(2015, month, 1), month, "#month", month == 3) for month in (12, 6, 3)
    ]
    return [
        ArchiveYear(2015, 21, "#year", months, is_open=True, is_current=False),
        ArchiveYear(2014, 3, "#year", months[:1], is_open=False, is_current=True),
    ]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page as `?theme=`, `?scheme=`, `?language=`, `?beside` ask for it; 404 unless DEBUG."""
    if not settings.DEBUG:
        raise Http404
    asked = request.GET
    language = asked.get("language", "")
    profile = SiteProfile(
        title="Marginalia", tagline="Two people, two cities", comment_message="Be kind."
    )
    if asked.get("theme") in Theme.values:
        profile.theme = asked["theme"]
    profile.has_sidebar = "beside" in asked
    SiteProfile.remember(profile)
    stranger = copy(request)
    stranger.user = AnonymousUser()
    specimens = [
        {"language": code, "html": markup.render(text, markup="markdown")}
        for code, text in (("en", TEXT), ("zh-Hans", CHINESE), ("ar", ARABIC))
    ]
    plain = markup.render("A margin is a room.", markup="markdown")
    labelled = [_label("Paper"), _label("手写"), _label("C++")]
    context = {
        "site_profile": profile,
        "scheme": asked.get("scheme") if asked.get("scheme") in {"light", "dark"} else "",
        "specimens": specimens,
        "cards": [
            _post(
                "A title that runs on, as titles do, until the line is full and breaks in two",
                body_html=f'{plain}<a id="more"></a>{plain}',
                labels=labelled,
                place_name="Worpswede",
                latitude=53.22,
                longitude=8.92,
                comment_count=2,
            ),
            _post("", key=2, body_html=plain, comment_count=1),
            _post("在页边写字", key=3, body_html=plain, language="zh-hans", place_name="上海"),
        ],
        "rows": _rows(),
        "gadgets": _gadgets(),
        "years": _archive(),
        "labels": [
            _label("Paper", 12),
            _label("手写", 3),
            _label("A rather long label of words", 1),
        ],
        "recent": [RecentComment("Grete", "A margin is a room.", "#c1")],
        "orders": Order,
        "post": _post("On margins"),
        "open_day": date(2015, 12, 3),
        "pixel": PIXEL,
    }
    response = TemplateResponse(stranger, "patterns/patterns.html", context)
    is_spoken = language in dict(settings.LANGUAGES)
    with translation.override(language if is_spoken else translation.get_language()):
        return response.render()
