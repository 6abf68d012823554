"""What the rich editor asks while somebody writes: the same text in another form, and whether
anything of it would get lost on the way. Nothing here is saved.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from blog import markup
from blog.access import Person, may_write
from blog.choices import Markup
from blog.models import Author, Post

# Shown to readers as something else than what the author put there, so the editor, which sees
# what readers see, would write the something else into the source.
REPLACED = ("<iframe", "<object", "<embed", 'class="outside-picture"')


@require_POST
def convert(request: HttpRequest) -> JsonResponse:
    """The posted text in the form that `to` names, as `body`, and in `lost` what a reader would
    then miss.

    `to` is "markdown", "html" (a source to be edited by hand) or "rich" (clean, for the editor).
    """
    if not may_write(request.user):
        raise PermissionDenied
    source, wanted = request.POST.get("body", ""), request.POST.get("to", "")
    try:
        page = markup.render(source, markup=_markup(request), line_breaks=_has_line_breaks(request))
        lost = [name.strip('<"').split("=")[-1].strip('"') for name in _replaced(source, page)]
        if wanted == Markup.MARKDOWN:
            body = markup.markdown_of(page)
            lost += markup.differences(page, markup.render(body, markup=Markup.MARKDOWN))
        elif wanted == Markup.HTML:
            body = markup.authored(page)
        else:
            body = page
    except markup.SourceTooLong as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"body": body, "lost": sorted(set(lost))})


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """What readers of the posted text would miss if it were replaced by `html`, as `lost`."""
    if not may_write(request.user):
        raise PermissionDenied
    try:
        page = markup.render(
            request.POST.get("body", ""),
            markup=_markup(request),
            line_breaks=_has_line_breaks(request),
        )
        other = markup.render(request.POST.get("html", ""), markup=Markup.HTML)
    except markup.SourceTooLong as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"lost": markup.differences(page, other)})


def _markup(request: HttpRequest) -> str:
    return Markup.HTML if request.POST.get("markup") == Markup.HTML else Markup.MARKDOWN


def _has_line_breaks(request: HttpRequest) -> bool:
    return bool(request.POST.get("line_breaks"))


def _replaced(source: str, page: str) -> list[str]:
    text = source.lower()
    return [sign for sign in REPLACED if sign in (page if "=" in sign else text)]


def context(request: HttpRequest, post: Post | None) -> dict[str, Any]:
    """What the desk's page tells the editor's scripts. One query for a new post, else none."""
    return {
        "convert": reverse("admin:blog_post_convert"),
        "check": reverse("admin:blog_post_check"),
        "upload": upload_address(),
        "new_markup": usual_markup(request.user) if post is None else "",
        "words": words(),
    }


def usual_markup(user: Person) -> str:
    """What `user` wrote his last post in; rich text, which is HTML, for the first. One query."""
    last = Post.objects.filter(author__in=Author.objects.of(user)).order_by("-updated_at", "-pk")
    return last.values_list("markup", flat=True).first() or Markup.HTML


def upload_address() -> str:
    """Where pictures are sent; empty when this blog takes none."""
    try:
        return reverse("admin:blog_mediaitem_upload")
    except NoReverseMatch:
        return ""


def words() -> dict[str, str]:
    """Every sentence of the editor's scripts, by the name they call it; `{name}` is filled in."""
    return {
        "title": _("Title"),
        "formatting": _("Formatting"),
        "writtenIn": _("Written as"),
        "rich": _("Rich text"),
        "markdown": _("Markdown"),
        "html": _("HTML"),
        "kindOfParagraph": _("Kind of paragraph"),
        "paragraph": _("Paragraph"),
        "heading2": _("Heading"),
        "heading3": _("Smaller heading"),
        "heading4": _("Smallest heading"),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "strike": _("Struck through"),
        "code": _("Code"),
        "link": _("Link"),
        "bullets": _("List with bullets"),
        "numbers": _("Numbered list"),
        "quote": _("Quotation"),
        "listing": _("Code block"),
        "picture": _("Pictures"),
        "table": _("Table"),
        "footnote": _("Footnote"),
        "rule": _("Line across"),
        "more": _("Read-more mark"),
        "moreHere": _("Lists show the text as far as here"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "startWriting": _("Write here …"),
        "caption": _("Caption"),
        "noAlt": _("No alternative text yet"),
        "retry": _("Try again"),
        "remove": _("Remove"),
        "uploading": _("Uploading"),
        "uploadCut": _("The server can’t be reached. The picture is still here: try again."),
        "uploadRefused": _("The server did not take this picture."),
        "linkAddress": _("Link to"),
        "apply": _("Apply"),
        "removeLink": _("Remove the link"),
        "noAddress": _("This is no address that a link can lead to."),
        "rowAbove": _("Row above"),
        "rowBelow": _("Row below"),
        "columnBefore": _("Column before"),
        "columnAfter": _("Column after"),
        "headRow": _("Heading row"),
        "deleteRow": _("Delete row"),
        "deleteColumn": _("Delete column"),
        "deleteTable": _("Delete table"),
        "alternativeText": _("Alternative text"),
        "place": _("Place"),
        "align-none": _("Full width"),
        "align-left": _("Left"),
        "align-center": _("Centre"),
        "align-right": _("Right"),
        "removePicture": _("Remove the picture"),
        "codeLanguage": _("Language of the code"),
        "words": _("{count} words"),
        "keptAt": _("Working copy saved at {time}"),
        "keptHere": _("The server can’t be reached. Your text is kept in this browser."),
        "notKept": _("This text can’t be kept anywhere. Copy it before you leave this page."),
        "loggedOut": _(
            "You are logged out. Your text is kept in this browser. "
            "Log in in another tab, then go on here."
        ),
        "logIn": _("Log in"),
        "cantSave": _(
            "The server can’t be reached, so nothing was saved yet. "
            "Your text is kept in this browser: try again in a moment."
        ),
        "stillUploading": _("Pictures are still on their way. Save when they are there."),
        "alsoHere": _("{names} is writing here too."),
        "foundHere": _("This browser has text of yours that was never saved, from {time}."),
        "sideBySide": _("Side by side"),
        "goOn": _("Go on with it"),
        "calm": _("Calm view"),
        "leaveCalm": _("Leave the calm view"),
        "shortcuts": _("Keyboard shortcuts"),
        "close": _("Close"),
        "typing": _(
            "Also as you type: # heading, - list, 1. list, > quotation, ``` code, **bold**"
        ),
        "cantHold": _(
            "Rich text can’t hold everything in this text ({lost}), so it is shown as HTML. "
            "Nothing has been changed."
        ),
        "switchAnyway": _("Switch anyway"),
        "stay": _("Stay here"),
        "wouldLose": _("Readers would miss something after the switch: {lost}."),
        "cantSwitch": _("The form of the text can’t be changed now: the server doesn’t answer."),
        "loggedOutSwitch": _("You are logged out. Log in in another tab, then try again."),
    }
