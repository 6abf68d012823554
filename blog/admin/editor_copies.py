"""The desk's pages and answers about texts that wait: keeping, offering, comparing, restoring."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from blog import publishing, working_copies
from blog.access import may_write
from blog.admin.media_json import for_scripts, refusal
from blog.admin.post_form import TEXT_FIELDS
from blog.admin.standing import moment
from blog.models import Post, WorkingCopy
from blog.revisions import Row, compare


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not may_write(request.user):
        raise PermissionDenied
    return request.user


# --- Answers for the script ---


@for_scripts(method="GET", permission="blog.add_post")
def token(request: HttpRequest) -> HttpResponse:
    """Whether the session still holds, and the form's secret, which changes with each log-in."""
    return JsonResponse({"token": get_token(request)})


@for_scripts(method="POST", permission="blog.add_post")
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps the words of an open form, and tells who else has the post open.

    Shape: {"state": "kept", "settled" or "same", "saved_at", "others": names, "newer": a sentence
    or "", "look": the address of both texts side by side, "restore": that of the form with it}.
    """
    person, asked = _person(request), request.POST
    key = asked.get("key", "")[: working_copies.MAX_KEY_CHARS]
    number = asked.get("post", "")
    post = Post.objects.editable_by(person).filter(pk=_number(number) or 0).first()
    if not key or (number and post is None):
        return refusal(_("This post is not there any more, or not yours to change."), status=404)
    copy = None
    if "body" in asked:
        copy = working_copies.keep(
            person,
            key,
            asked.dict(),
            post=post,
            base_revision=_number(asked.get("base_revision", "")),
            written_at=_moment(asked.get("written_at", "")),
        )
    elif post is not None:
        working_copies.see(person, key, post=post)
    is_settled = WorkingCopy.objects.filter(person=person, key=key, settled_at__isnull=False)
    state = "kept" if copy else "settled" if is_settled.exists() else "same"
    form = reverse("admin:blog_post_change", args=[post.pk]) if post else _add_address()
    return JsonResponse(
        {
            "state": state,
            "saved_at": (copy.saved_at if copy else timezone.now()).isoformat(),
            "others": working_copies.others_at(post, person) if post else [],
            "newer": _newer_words(post, _number(asked.get("base_revision", ""))) if post else "",
            "look": f"{reverse('admin:blog_post_copy')}?key={key}",
            "restore": f"{form}?copy={key}",
        }
    )


def _moment(milliseconds: str) -> datetime | None:
    number = _number(milliseconds)
    if number is None or number > 32_503_680_000_000:  # the year 3000
        return None
    return datetime.fromtimestamp(number / 1000, tz=UTC)


def _newer_words(post: Post, base_revision: int | None) -> str:
    last = working_copies.newer(post, base_revision)
    if last is None:
        return ""
    return _("%(who)s saved this post on %(when)s. When you save, you are shown both texts.") % {
        "who": working_copies.name_of(last.history_user) or _("Somebody"),
        "when": moment(last.history_date),
    }


def _add_address() -> str:
    return reverse("admin:blog_post_add")


# --- What the form asks ---


def opened(request: HttpRequest) -> WorkingCopy | None:
    """The words that `?copy=` names, if they are this person's and still wait."""
    key = request.GET.get("copy", "")
    return (
        working_copies.find(request.user, key) if key and isinstance(request.user, User) else None
    )


def context(request: HttpRequest, post: Post | None, form: Any) -> dict[str, Any]:
    """What the desk's page shows of texts that wait, and of two that meet."""
    person: Any = request.user
    key = form["copy_key"].value() if "copy_key" in form.fields else ""
    conflict = getattr(form, "conflict", None)
    return {
        "copies": [
            (copy, len(copy.fields["body"]))
            for copy in working_copies.waiting(person, post=post, besides=key)
        ]
        if may_write(person)
        else [],
        "keep_address": reverse("admin:blog_post_copy_keep"),
        "token_address": reverse("admin:blog_post_copy_token"),
        "conflict": conflict,
        "conflict_rows": compare(conflict.mine, conflict.theirs) if conflict else [],
    }


def with_chosen_text(request: HttpRequest) -> None:
    """Puts the text that was chosen of two in the place of the one that was put together."""
    chosen = request.POST.get("_use", "")
    if chosen in {"mine", "theirs"} and f"conflict_{chosen}" in request.POST:
        data = request.POST.copy()
        data["body"] = request.POST.get(f"conflict_{chosen}", "")
        data["title"] = request.POST.get(f"conflict_{chosen}_title", "")
        request.POST = data  # type: ignore[assignment]


def saved(request: HttpRequest) -> None:
    """The form's own words are in the post now. Whoever took the other text keeps his own."""
    person = request.user
    assert isinstance(person, User)
    if request.POST.get("_use") != "theirs":
        working_copies.settle(person, request.POST.get("copy_key", ""))


# --- Pages ---


def _titled(title: str, body: str) -> str:
    return f"{title}\n{body}"


def page(request: HttpRequest, *, title: str, rows: list[Row], **more: Any) -> TemplateResponse:
    """Two texts side by side."""
    context = {**admin.site.each_context(request), "title": title, "rows": rows, **more}
    return TemplateResponse(request, "admin/blog/post/side_by_side.html", context)


@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """The words that wait under `?key=`, beside the text as it is saved."""
    person = _person(request)
    copy = working_copies.find(person, request.GET.get("key", ""))
    if copy is None:
        raise Http404
    post = copy.post if copy.post and _may_edit(person, copy.post) else None
    form = reverse("admin:blog_post_change", args=[post.pk]) if post else _add_address()
    return page(
        request,
        title=_("Unsaved text"),
        rows=compare(
            _titled(post.title, post.body) if post else "",
            _titled(copy.fields["title"], copy.fields["body"]),
        ),
        post=post,
        before=_("As it is saved"),
        after=_("Your unsaved text of %(when)s") % {"when": moment(copy.saved_at)},
        restore=f"{form}?copy={copy.key}",
        discard=copy.key,
    )


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Lets the words under `key` go."""
    person = _person(request)
    copy = working_copies.find(person, request.POST.get("key", ""))
    if copy is None:
        raise Http404
    working_copies.settle(person, copy.key)
    messages.success(request, _("The unsaved text was discarded."))
    has_form = copy.post is not None and _may_edit(person, copy.post)
    address = reverse("admin:blog_post_change", args=[copy.post_id]) if has_form else ""
    return HttpResponseRedirect(address or reverse("admin:blog_post_changelist"))


def _may_edit(person: User, post: Post) -> bool:
    return Post.objects.editable_by(person).filter(pk=post.pk).exists()


def _revision(request: HttpRequest, sent: Any) -> tuple[Post, Any]:
    person = _person(request)
    key, number = _number(sent.get("post", "")), _number(sent.get("revision", ""))
    post = Post.objects.editable_by(person).filter(pk=key).first() if key else None
    revisions: Any = post.revisions if post else None  # type: ignore[attr-defined]
    revision = revisions.filter(history_id=number).first() if revisions and number else None
    if post is None or revision is None:
        raise Http404
    return post, revision


@require_safe
def compare_revision(request: HttpRequest) -> HttpResponse:
    """A revision beside the text as it is now; with `?with=before` beside the one before it."""
    post, revision = _revision(request, request.GET)
    revisions: Any = post.revisions  # type: ignore[attr-defined]
    when = moment(revision.history_date)
    if request.GET.get("with") == "before":
        earlier = revisions.filter(history_id__lt=revision.history_id).order_by("-history_id")
        other = earlier.first()
        old, new = other, revision
        names = (_("Before"), _("Saved on %(when)s") % {"when": when})
    else:
        old, new = revision, post
        names = (_("Saved on %(when)s") % {"when": when}, _("Now"))
    return page(
        request,
        title=_("Compare"),
        rows=compare(_titled(old.title, old.body) if old else "", _titled(new.title, new.body)),
        post=post,
        before=names[0],
        after=names[1],
        revision=revision.history_id,
    )


@require_POST
def restore_revision(request: HttpRequest) -> HttpResponse:
    """Brings the text of a revision back, as a new revision; state and address stay."""
    post, revision = _revision(request, request.POST)
    assert isinstance(request.user, User)
    for name in TEXT_FIELDS:
        setattr(post, name, getattr(revision, name))
    publishing.save(post, by=request.user)
    words = _("The text of %(when)s is back. What it replaced is kept as a revision.")
    messages.success(request, words % {"when": moment(revision.history_date)})
    return HttpResponseRedirect(reverse("admin:blog_post_change", args=[post.pk]))
