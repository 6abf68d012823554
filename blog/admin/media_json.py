"""What scripts of the desk ask of the media library: taking a file, and finding one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from blog import images
from blog.access import has
from blog.images.uploads import refused_files
from blog.models import MediaItem

PICKER_PAGE = 30
MAX_QUERY_LENGTH = 200

View = Callable[[HttpRequest], HttpResponse]


def refusal(sentence: str, *, status: int) -> JsonResponse:
    """The answer that says what is wrong, in words for the person."""
    return JsonResponse({"error": sentence}, status=status)


def for_scripts(*, method: str, permission: str) -> Callable[[View], View]:
    """An address that answers in JSON, whatever happens: a script that is sent to the log-in page
    could only guess. `method` is the only one it takes.
    """

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def answer(request: HttpRequest) -> HttpResponse:
            user: Any = request.user
            if not (user.is_active and user.is_staff):
                return refusal(_("Your session has ended. Log in again."), status=403)
            if not has(user, permission):
                return refusal(_("Your role does not include this."), status=403)
            if request.method != method and not (method == "GET" and request.method == "HEAD"):
                response = refusal(_("This address is for the writing desk only."), status=405)
                response.headers["Allow"] = method
                return response
            return view(request)

        return answer

    return decorate


@for_scripts(method="POST", permission="blog.add_mediaitem")
def upload(request: HttpRequest) -> HttpResponse:
    """Takes the one file of the field `file`: 201 with the new item, 200 with the one that has the
    same content, or a sentence: 413 when it is too large, 503 when it can't be kept now, else 400.
    """
    user: Any = request.user
    sent = request.FILES.getlist("file")
    if refused_files(request):
        return refusal(images.too_large().messages[0], status=413)
    if len(sent) != 1 or not isinstance(sent[0], UploadedFile):
        return refusal(_("Send one file at a time."), status=400)
    try:
        added = images.add(sent[0], name=sent[0].name or "", by=user)
    except images.Unusable as error:
        status = 503 if isinstance(error, images.NotKept) else 400
        return refusal(error.messages[0], status=status)
    return JsonResponse(described(added.item), status=201 if added.is_new else 200)


@for_scripts(method="GET", permission="blog.view_mediaitem")
def picker(request: HttpRequest) -> HttpResponse:
    """A page of items that match `?q=`, newest first: those older than the key `?before=`.

    Shape: {"items": [...], "next": the key to ask for next, or null}. One query besides the
    person's rights.
    """
    before = request.GET.get("before", "")
    items = MediaItem.objects.visible_to(request.user)
    items = items.matching(request.GET.get("q", "")[:MAX_QUERY_LENGTH]).newest_first()
    if before:
        if not (before.isascii() and before.isdecimal() and len(before) < 19):
            return refusal(_("There is no such page."), status=400)
        items = items.filter(pk__lt=int(before))
    found = list(items[: PICKER_PAGE + 1])
    shown = found[:PICKER_PAGE]
    return JsonResponse(
        {
            "items": [described(item) for item in shown],
            "next": shown[-1].pk if len(found) > PICKER_PAGE else None,
        }
    )


def described(item: MediaItem) -> dict[str, Any]:
    """What a script needs to show `item` and to put it into a text."""
    return {
        "id": item.pk,
        "url": item.get_absolute_url(),
        "thumbnail_url": item.thumbnail_url,
        "title": str(item),
        "alternative_text": item.alternative_text,
        "is_decorative": item.is_decorative,
        "caption": item.caption,
        "width_px": item.width_px,
        "height_px": item.height_px,
    }
