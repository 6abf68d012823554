"""The look in the admin: what is chosen, seen before it is saved, refused, hung up."""

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from blog import appearance
from blog.access import Role
from blog.choices import GadgetKind, Theme
from blog.models import SiteProfile
from tests.builders import (
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db

LOOK = "/admin/blog/siteprofile/appearance/"
PREVIEW = f"{LOOK}preview/"
PICTURES = f"{LOOK}pictures/"


@pytest.fixture
def owner(client):
    user = make_user("own", role=Role.OWNER)
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def look_form(*gadgets, **changes):
    """What the page sends: the rows in order, each (kind, is it on, words)."""
    gadgets = gadgets or [("archive", True, ""), ("labels", True, "")]
    form = {
        "theme": Theme.MARGIN,
        "accent": "",
        "accent_dark": "",
        "typeface": "",
        "width": "medium",
        "banner_alt": "",
        "footer_text": "",
        "gadget": [str(number) for number in range(len(gadgets))],
    }
    for number, (kind, is_on, words) in enumerate(gadgets):
        form |= {f"gadget-{number}-kind": kind, f"gadget-{number}-title": ""}
        form |= {f"gadget-{number}-is_on": "on"} if is_on else {}
        form |= {f"gadget-{number}-text": words} if words else {}
    return form | changes


def picture(kind="PNG", size=(64, 32), mode="RGB", **options):
    file = BytesIO()
    Image.new(mode, size, "#996633").save(file, kind, **options)
    return SimpleUploadedFile(f"a.{kind.lower()}", file.getvalue())


def kept():
    return SiteProfile.objects.get()


# --- Saving ---------------------------------------------------------------------------------------


def test_saved_look_is_on_the_next_page(client, owner):
    make_post()

    response = client.post(
        LOOK,
        look_form(
            ("text", True, "*Ours*"),
            ("archive", False, ""),
            theme="gazette",
            accent="#7a1fa2",
            width="wide",
            has_sidebar="on",
            footer_text="**CC BY-SA**",
        ),
    )

    client.logout()
    page = client.get("/").content.decode()
    assert (response.status_code, response.headers["Location"]) == (302, LOOK)
    assert kept().theme == Theme.GAZETTE
    assert re.search(r"theme-gazette(\.\w+)?\.css", page)
    assert f'<link rel="stylesheet" href="{appearance.sheet_path(kept())}">' in page
    assert '<aside class="gadgets" data-beside' in page
    assert "<p><em>Ours</em></p>" in page
    assert "<strong>CC BY-SA</strong>" in page
    assert 'id="archive-heading"' not in page


def test_faint_accent_is_refused_with_a_sentence_and_nothing_is_saved(client, owner):
    response = client.post(LOOK, look_form(theme="studio", accent="#ffcc00", footer_text="Mine"))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["accent"]
    assert response.context["form"].errors["accent"][0].startswith("#ffcc00 can’t be read on this")
    assert "Mine</textarea>" in response.content.decode()
    assert kept().theme == Theme.MARGIN


@pytest.mark.parametrize("colour", ["red", "#12345", "#1234567", "#12345g", "url(x)", "#123456;"])
def test_what_is_no_colour_is_refused(client, owner, colour):
    response = client.post(LOOK, look_form(accent=colour))

    assert list(response.context["form"].errors) == ["accent"]


def test_rows_move_by_buttons_without_being_saved(client, owner):
    rows = look_form(("archive", True, ""), ("text", True, "Typed"), ("labels", False, ""))

    response = client.post(LOOK, rows | {"move": "gadget-1-up"})

    moved = [(row.kind_of, row["is_on"].value()) for row in response.context["form"].gadget_forms]
    assert moved == [("text", True), ("archive", True), ("labels", False)]
    assert "Typed</textarea>" in response.content.decode()
    assert [gadget.kind for gadget in kept().shown_gadgets] == ["archive", "labels"]


@pytest.mark.parametrize(
    "move", ["gadget-0-up", "gadget-2-down", "gadget-9-up", "gadget", "page-0-up", "gadget-1-left"]
)
def test_moves_that_lead_nowhere_change_nothing(client, owner, move):
    rows = look_form(("archive", True, ""), ("labels", True, ""), ("search", True, ""))

    response = client.post(LOOK, rows | {"move": move})

    kinds = [row.kind_of for row in response.context["form"].gadget_forms]
    assert kinds == ["archive", "labels", "search"]


def test_menu_follows_the_order_and_leaves_out_what_is_not_ticked(client, owner):
    about, imprint, letters = (make_page(title=title) for title in ("About", "Imprint", "Letters"))
    order = [str(page.pk) for page in (letters, imprint, about)]

    client.post(LOOK, look_form() | {"page": order, "page-on": [order[0], order[2]]})

    titles = re.findall(r'/p/\w+\.html" lang="en">(\w+)</a>', client.get("/").content.decode())
    assert titles == ["Letters", "About"]


def test_back_to_the_first_look_keeps_words_and_gadgets(client, owner):
    client.post(LOOK, look_form(("text", True, "Words"), theme="studio", accent="#1257a8"))

    client.post(LOOK, {"reset": "1"})

    assert (kept().theme, kept().accent) == (Theme.MARGIN, "")
    assert [gadget.text for gadget in kept().shown_gadgets] == ["Words"]


def test_every_gadget_can_be_shown_within_the_budgets(client, owner, django_assert_max_num_queries):
    label = make_label("Paper")
    for day in (1, 2, 3):
        at = datetime(2015, 12, day, tzinfo=UTC)
        post = make_post(title=f"Day {day}", slug=f"day-{day}", publish_at=at, labels=[label])
    make_page(title="About")
    client.post(LOOK, look_form(*[(kind, True, "Words") for kind in GadgetKind]))
    client.logout()
    middle = "/2015/12/day-2.html"
    found = []

    for count in (1, 3):
        for _number in range(count):
            make_comment(post, text="below", reply_to=make_comment(post, text="above"))
        lists = {"/": 7, label.get_absolute_url(): 7, "/2015/12/": 7, "/search?q=margin": 8}
        for path, budget in lists.items():
            with django_assert_max_num_queries(budget):
                page = client.get(path).content.decode()
            found.append((page.count('<section class="gadget">'), "above" in page))
        for path in (middle, post.get_absolute_url()):
            with django_assert_max_num_queries(9):
                page = client.get(path).content.decode()
            found.append((page.count('<section class="gadget">'), "recent-comments" in page))

    assert found == [(6, True)] * 4 + [(4, False)] * 2 + [(6, True)] * 4 + [(4, False)] * 2


# --- Preview --------------------------------------------------------------------------------------


def test_preview_shows_what_is_not_saved_to_nobody_else(client, owner):
    make_post(title="On margins")

    response = client.post(
        PREVIEW, look_form(("text", True, "Not yet"), theme="studio", scheme="dark")
    )

    page = response.content.decode()
    assert "On margins" in page
    assert "<p>Not yet</p>" in page
    assert 'data-scheme="dark"' in page
    assert re.search(r"theme-studio(\.\w+)?\.css", page)
    assert "Log out" not in page
    assert "no-store" in response.headers["Cache-Control"]
    assert kept().theme == Theme.MARGIN
    assert "Not yet" not in client.get("/").content.decode()


def test_preview_says_why_a_colour_is_refused(client, owner):
    response = client.post(PREVIEW, look_form(theme="studio", accent="#ffcc00"))

    assert response.status_code == 422
    assert "#ffcc00 can’t be read on this theme" in response.content.decode()


def test_preview_never_takes_a_scheme_that_is_none(client, owner):
    response = client.post(PREVIEW, look_form(scheme='"><script>'))

    assert "data-scheme=" not in response.content.decode()


# --- Pictures -------------------------------------------------------------------------------------


def test_pictures_are_drawn_anew_hung_and_taken_away(
    client, owner, django_capture_on_commit_callbacks
):
    client.post(PICTURES, {"banner": picture("JPEG", (4_000, 1_000)), "logo": picture(mode="RGBA")})
    first = kept()

    page = client.get("/").content.decode()
    assert (first.banner_width, first.banner_height) == (2_560, 640)
    assert f'src="{first.banner.url}" width="2560" height="640" alt=""' in page
    assert f'src="{first.logo.url}" width="64" height="32" alt=""' in page
    answer = client.get(first.banner.url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert Image.open(BytesIO(b"".join(answer.streaming_content))).size == (2_560, 640)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(PICTURES, {"remove_banner": "on", "icon": picture(size=(300, 200))})

    second = kept()
    assert (second.banner.name, second.banner_width) == ("", 0)
    assert second.logo == first.logo
    assert not default_storage.exists(first.banner.name)
    assert default_storage.exists(first.logo.name)
    with default_storage.open(second.icon.name) as file:
        assert Image.open(file).size == (192, 192)
    page = client.get("/").content.decode()
    assert 'class="banner"' not in page
    assert f'<link rel="icon" type="image/png" href="{second.icon.url}">' in page
    assert client.get("/favicon.ico").headers["Location"] == second.icon.url


def test_nothing_of_an_upload_but_its_colours_is_kept(client, owner):
    exif = Image.Exif()
    exif[0x010E] = "Taken at home"  # ImageDescription
    upload = picture("JPEG", exif=exif.tobytes(), comment=b"Secret")
    assert b"Taken at home" in upload.read()
    upload.seek(0)

    client.post(PICTURES, {"banner": upload})

    with default_storage.open(kept().banner.name) as file:
        content = file.read()
    assert content
    assert b"Taken at home" not in content
    assert b"Secret" not in content


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"",
        b"<html>",
        picture().read()[:40],
        picture("JPEG", (900, 900)).read()[:200],
        picture("GIF").read()[:20],
        picture("BMP").read(),
        picture("TIFF").read(),
    ],
    ids=["svg", "empty", "html", "cut png", "cut jpeg", "cut gif", "bmp", "tiff"],
)
def test_what_is_no_picture_is_refused_with_a_sentence(client, owner, content):
    response = client.post(PICTURES, {"logo": SimpleUploadedFile("a.png", content)})

    errors = response.context["pictures_form"].errors
    assert list(errors) == ["logo"]
    assert len(errors["logo"]) == 1
    assert kept().logo.name == ""


def test_picture_with_more_pixels_than_fit_is_refused_unread(client, owner, monkeypatch):
    monkeypatch.setattr(appearance, "MAX_PIXELS", 64 * 32 - 1)

    response = client.post(PICTURES, {"logo": picture()})

    assert response.context["pictures_form"].errors == {
        "logo": ["This picture has more than 40 million pixels."]
    }


def test_large_file_is_refused(client, owner, monkeypatch):
    monkeypatch.setattr(appearance, "MAX_UPLOAD_BYTES", 10)

    response = client.post(PICTURES, {"logo": picture()})

    assert response.context["pictures_form"].errors == {"logo": ["This file is larger than 10 MB."]}


# --- Who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.EDITOR, Role.MODERATOR])
def test_only_owners_choose_the_look(client, role):
    set_profile(theme=Theme.GAZETTE)
    client.force_login(make_user(role=role))

    answers = [
        client.get(LOOK).status_code,
        client.post(LOOK, look_form()).status_code,
        client.post(PREVIEW, look_form()).status_code,
        client.post(PICTURES, {"logo": picture()}).status_code,
    ]

    assert answers == [403, 403, 403, 403]
    assert (kept().theme, kept().logo.name) == (Theme.GAZETTE, "")


def test_site_profile_leads_to_the_look(client, owner):
    page = client.get("/admin/blog/siteprofile/1/change/").content.decode()

    assert f'href="{reverse("admin:blog_siteprofile_appearance")}"' in page
