"""What an owner chooses of the look, and what nobody could read."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from blog import appearance, colours
from blog.choices import GadgetKind, Theme, Typeface, Width
from blog.models import SiteProfile
from blog.models.appearance import GROUNDS, Gadget, Ground
from tests.builders import set_profile

CSS = Path(__file__).parents[2] / "blog/static/blog/css"
SHEETS = {
    Theme.MARGIN: "tokens.css",
    Theme.STUDIO: "theme-studio.css",
    Theme.GAZETTE: "theme-gazette.css",
}
PAIRS = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);")


def six(colour):
    """`#fff` as `#ffffff`."""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


def tokens(theme, *, more_contrast=False):
    """The colours of a theme's sheet over those of the usual one: name → light and dark."""
    found = {}
    for name in ("tokens.css", SHEETS[theme]):
        plain, _, more = (CSS / name).read_text().partition("(prefers-contrast: more)")
        found |= {name: (six(a), six(b)) for name, a, b in PAIRS.findall(plain)}
        if more_contrast:
            found |= {name: (six(a), six(b)) for name, a, b in PAIRS.findall(more)}
    return found


# --- Colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ffffff", "#ffffff", 1.0),
        ("#ffcc00", "#ffffff", 1.51),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert round(colours.contrast(one, other), 2) == ratio
    assert colours.contrast(one, other) == colours.contrast(other, one)


@pytest.mark.parametrize("ground", ["#ffffff", "#fcf9f3", "#141513", "#000000"])
@pytest.mark.parametrize("colour", ["#ffcc00", "#00ff00", "#808080", "#123456", "#ffffff"])
def test_nearest_shade_can_be_read(colour, ground):
    shade = colours.readable(colour, [ground])

    assert colours.contrast(shade, ground) >= colours.READABLE
    assert shade == colour or colours.contrast(colour, ground) < colours.READABLE


@pytest.mark.parametrize("more_contrast", [False, True])
@pytest.mark.parametrize("theme", Theme)
def test_every_colour_of_a_theme_can_be_read_in_both_schemes(theme, more_contrast):
    colour = tokens(theme, more_contrast=more_contrast)
    texts = ("color-ink", "color-ink-soft", "color-rubric")
    least = {
        **dict.fromkeys(product(texts, ("color-paper", "color-leaf")), 4.5),
        ("color-ink", "color-mark"): 4.5,
        ("color-ink", "color-field"): 4.5,
        ("color-control", "color-paper"): 3,
        ("color-control", "color-field"): 3,
        ("color-focus", "color-paper"): 3,
        ("code-text", "code-background"): 4.5,
    }
    if theme == Theme.MARGIN:  # its code is looked at in test_markup.py
        del least["code-text", "code-background"]

    found = {
        (text, ground, scheme): round(contrast, 2)
        for (text, ground), enough in least.items()
        for scheme in (0, 1)
        if (contrast := colours.contrast(colour[text][scheme], colour[ground][scheme])) < enough
    }

    assert found == {}


@pytest.mark.parametrize("theme", Theme)
def test_coloured_code_can_be_read_on_the_leaf_of_a_theme(theme):
    code = PAIRS.findall((CSS / "code.css").read_text())
    leaf = tokens(theme)["color-leaf"]
    words = [row for row in code if row[0] not in {"code-background", "code-text"}]

    faint = {
        (name, scheme)
        for name, *pair in words
        for scheme in (0, 1)
        if colours.contrast(pair[scheme], leaf[scheme]) < 4.5
    }

    assert len(words) > 8
    assert faint == set()


@pytest.mark.parametrize("theme", Theme)
def test_what_the_check_knows_of_a_theme_is_what_its_sheet_says(theme):
    found = tokens(theme)

    said = tuple(
        Ground(found["color-paper"][n], found["color-leaf"][n], found["color-rubric"][n])
        for n in (0, 1)
    )

    assert GROUNDS[theme] == said


@pytest.mark.parametrize("theme", [Theme.STUDIO, Theme.GAZETTE])
def test_theme_only_gives_tokens_other_values(theme):
    text = re.sub(r"/\*.*?\*/", "", (CSS / SHEETS[theme]).read_text(), flags=re.DOTALL)
    known = set(re.findall(r"(--[\w-]+):", (CSS / "tokens.css").read_text()))
    known |= set(re.findall(r"(--[\w-]+):", (CSS / "code.css").read_text()))

    selectors = {rule.strip() for rule in re.findall(r"([^{};]+)\{", text)}
    names = re.findall(r"([\w-]+):\s[^;{}]+;", text)

    assert {s for s in selectors if not s.startswith("@")} == {
        ":root",
        "[lang]",
        "[lang]:lang(zh, ja)",
    }
    assert names
    assert set(names) - known == set()


# --- The owner's accent ---------------------------------------------------------------------------


@pytest.mark.parametrize("theme", Theme)
def test_accent_of_a_theme_is_its_own_and_passes(theme):
    profile = SiteProfile(theme=theme)

    profile.refuse_faint_accent()

    assert profile.accents == tuple(ground.accent for ground in GROUNDS[theme])


def test_accent_on_dark_is_worked_out_where_the_owner_names_none():
    profile = SiteProfile(theme=Theme.STUDIO, accent="#7A1FA2")

    profile.refuse_faint_accent()

    light, dark = profile.accents
    assert light == "#7a1fa2"
    assert colours.worst_contrast(dark, GROUNDS[Theme.STUDIO][1].all) >= 4.5


def test_faint_accents_are_refused_with_a_shade_that_would_do():
    profile = SiteProfile(theme=Theme.STUDIO, accent="#ffcc00", accent_dark="#222266")

    with pytest.raises(ValidationError) as refused:
        profile.refuse_faint_accent()

    light = colours.readable("#ffcc00", GROUNDS[Theme.STUDIO][0].all)
    dark = colours.readable("#222266", GROUNDS[Theme.STUDIO][1].all)
    assert refused.value.message_dict == {
        "accent": [
            "#ffcc00 can’t be read on this theme: its contrast is 1.3 to 1, and 4.5 are needed. "
            f"{light} is near and would do."
        ],
        "accent_dark": [
            "#222266 can’t be read on this theme: its contrast is 1.1 to 1, and 4.5 are needed. "
            f"{dark} is near and would do."
        ],
    }
    SiteProfile(theme=Theme.STUDIO, accent=light, accent_dark=dark).refuse_faint_accent()


# --- The sheet ------------------------------------------------------------------------------------


def test_usual_look_needs_no_sheet():
    assert appearance.sheet_path(SiteProfile()) == ""
    assert appearance.sheet_path(SiteProfile(theme=Theme.GAZETTE)) == ""


@pytest.mark.parametrize("typeface", Typeface)
@pytest.mark.parametrize("width", Width)
@pytest.mark.parametrize("accent", ["", "#1257a8"])
def test_sheet_says_what_was_chosen(client, db, typeface, width, accent):
    path = appearance.sheet_path(SiteProfile(typeface=typeface, width=width, accent=accent))
    if not path:
        return

    response = client.get(path)

    css = response.content.decode()
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert css.startswith("@layer theme {")
    assert css.count("{") == css.count("}")
    assert ("--color-rubric: light-dark(#1257a8, " in css) == bool(accent)
    assert (f"--font-text: var(--font-{typeface});" in css) == bool(typeface)
    assert ("--measure:" in css) == (width != Width.MEDIUM)


@pytest.mark.parametrize(
    "name", ["red-theme-serif-wide", "theme-theme-comic-wide", "theme-theme-serif-huge", "theme"]
)
def test_sheet_of_no_choice_is_404(client, db, name):
    assert client.get(f"/appearance/{name}.css").status_code == 404


@pytest.mark.django_db
def test_page_links_the_sheets_of_theme_and_choice(client):
    set_profile(theme=Theme.STUDIO, accent="#7a1fa2", typeface=Typeface.SERIF)

    page = client.get("/").content.decode()

    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert [re.sub(r"\.[0-9a-f]{12}\.", ".", sheet) for sheet in sheets[-2:]] == [
        "/static/blog/css/theme-studio.css",
        appearance.sheet_path(SiteProfile.current()),
    ]


# --- Gadgets and menu -----------------------------------------------------------------------------


def test_new_blog_shows_archive_and_labels_and_could_show_more():
    profile = SiteProfile()

    assert [gadget.kind for gadget in profile.shown_gadgets] == ["archive", "labels"]
    assert {gadget.kind for gadget in profile.gadget_list} == set(GadgetKind)


def test_gadgets_keep_order_and_clean_words():
    profile = SiteProfile()

    profile.keep_gadgets(
        [
            Gadget("text", title="Note", text="*So* <script>alert(1)</script>"),
            Gadget("labels", is_on=False),
            Gadget("search", text="not shown"),
        ]
    )

    note, search = profile.shown_gadgets
    assert (note.title, note.body_html) == ("Note", "<p><em>So</em> </p>\n")
    assert (search.kind, search.text_html) == ("search", "")
    assert profile.has_search_gadget


@pytest.mark.parametrize("stored", [None, 7, {}, "x", [None, {"kind": "clock"}, ["text"]]])
def test_nonsense_in_the_row_is_no_gadget(stored):
    profile = SiteProfile(gadgets=stored, menu_order=stored, menu_left_out=stored)

    assert profile.shown_gadgets == []
    assert profile.menu_place(7) >= 0
    assert profile.is_in_menu(7)


def test_menu_keeps_the_owners_order_and_new_pages_come_last():
    profile = SiteProfile()
    profile.keep_menu([3, 1, 2], left_out=[1])

    shown = sorted(filter(profile.is_in_menu, [1, 2, 3, 4]), key=profile.menu_place)

    assert shown == [3, 2, 4]
