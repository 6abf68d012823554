"""The queue of comments, and the page of one comment."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comments import moderation, threads
from comments.admin import blocking, replying
from comments.admin.acts import ACTS, ModeratorAct, offered_on, perform
from comments.admin.place import (
    MAX_KEY,
    Place,
    person_of,
    posts_to_choose,
    reasons_to_choose,
    tabs,
    whole_number,
)
from comments.admin.queue import PER_PAGE, Row, rows
from comments.admin.replying import NotSent
from comments.admin.rights import ModeratorsAdmin, is_moderator
from comments.admin.undoing import Undoable
from comments.choices import Act
from comments.forms import MAX_LENGTH
from comments.models import BlogComment, BlogCommentQuerySet

MAX_MARKED = 1_000  # a form holds no more fields; whoever wants more acts on the whole tab
REPLIES_SHOWN = 20  # on the page of one comment
NOTE_MAX_LENGTH = 300


@admin.register(BlogComment)
class BlogCommentAdmin(ModeratorsAdmin):
    """Comments by status, with the text, why they were held, and the buttons to decide."""

    search_fields = (
        "user_name",
        "comment",
        "user_email",
        "user__username",
        "user__first_name",
        "user__last_name",
        "user__email",
    )

    @property
    def media(self) -> Media:
        """Our style, one file for each thing on the pages."""
        files = ("moderation", "queue", "card", "keys", "comment")
        return Media(css={"all": [f"comments/admin/{name}.css" for name in files]})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET: one page of the queue; its address says tab, post, words and page.

        POST: does the act that was asked for and shows the same place again. An act on everything
        at the place asks once more before it is done. Replies that were typed and not sent stay.
        """
        if not is_moderator(request):
            raise PermissionDenied
        place = Place.from_query(request.GET)
        if request.method == "POST":
            replying.keep_drafts(request)
            return self._act(request, place)
        return self._queue(request, place)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """GET: one comment with what it answers, what answers it, and all that was done to it.

        POST: does one act, with a note for the log, and shows the comment again.
        """
        if not is_moderator(request):
            raise PermissionDenied
        key = whole_number(object_id, limit=MAX_KEY)
        found = rows([key], drafts=replying.drafts(request)) if key else []
        if not found:
            raise Http404
        if request.method == "POST":
            replying.keep_drafts(request)
            act = ACTS.get(request.POST.get("action", ""))
            if act is not None:
                note = " ".join(request.POST.get("note", "").replace("\0", " ").split())
                _do(request, act, [found[0].comment.pk], note=note[:NOTE_MAX_LENGTH])
            else:
                _do_otherwise(request)
            return HttpResponseRedirect(request.get_full_path())
        return self._page_of_one(request, found[0])

    def _found(self, request: HttpRequest, place: Place) -> BlogCommentQuerySet:
        """All comments at the place, on whatever page, newest first."""
        comments, _may_repeat = self.get_search_results(request, place.comments(), place.words)
        return comments  # type: ignore[return-value]

    def _queue(self, request: HttpRequest, place: Place) -> HttpResponse:
        keys_found = self._found(request, place).values_list("pk", flat=True)
        first = (place.page - 1) * PER_PAGE
        # Keys first, from the index alone: a page far back joins no rows that it passes over. One
        # more than shown tells whether there is a next page, so nothing has to be counted.
        keys = list(keys_found[first : first + PER_PAGE + 1])
        if not keys and place.page > 1:  # the last page was emptied, perhaps just now
            last_page = max(1, -(-keys_found.count() // PER_PAGE))
            return HttpResponseRedirect(place.at(page=last_page).address)
        counts = moderation.counts_by_status()
        tab_count = counts[place.status] if place.status else sum(counts.values())
        shown = rows(keys[:PER_PAGE], drafts=replying.drafts(request))
        return self._answer(
            request,
            "admin/comments/queue.html",
            title=_("Comments"),
            place=place,
            tabs=tabs(place, counts),
            rows=shown,
            acts=offered_on(place.status, is_reported=place.is_reported),
            posts=posts_to_choose(place),
            reasons=reasons_to_choose(place),
            person=person_of(place),
            everybody=place.at(user_id=None, guest_id=None).address,
            reply_max_length=MAX_LENGTH,
            is_mixed=place.status is None,
            # Known without counting while the tab alone decides.
            count=None if place.is_narrowed or place.is_reported else tab_count,
            first=first + 1,
            last=first + len(shown),
            newer=place.at(page=place.page - 1).address if place.page > 1 else "",
            older=place.at(page=place.page + 1).address if len(keys) > PER_PAGE else "",
            has_more=len(keys) > PER_PAGE or place.page > 1,
            whole_tab=place.whole_tab.address,
            back=place.query,
        )

    def _act(self, request: HttpRequest, place: Place) -> HttpResponse:
        """Does what was asked for and shows the same place again.

        The buttons of one comment say `one=approve:41`, `reply=41` or `block=domain:41:a.example`,
        those of the marked ones `action=approve`, that behind a message `undo=…`.
        """
        key = _do_otherwise(request)
        if key is not None:
            return HttpResponseRedirect(place.address + self._anchor_after(request, place, key))
        name, _colon, one = request.POST.get("one", "").partition(":")
        act = ACTS.get(name or request.POST.get("action", ""))
        if act is None:
            return HttpResponseRedirect(place.address)
        if one:
            key = whole_number(one, limit=MAX_KEY)
            _do(request, act, [key] if key else [])
            anchor = self._anchor_after(request, place, key) if key else ""
            return HttpResponseRedirect(place.address + anchor)
        if request.POST.get("select_across") == "1":
            found = self._found(request, place).values_list("pk", flat=True)
            if "confirmed" not in request.POST:
                return self._answer(
                    request,
                    "admin/comments/confirm.html",
                    title=_("Comments"),
                    act=act,
                    count=found.count(),
                    place=place,
                )
            _do(request, act, list(found))
            return HttpResponseRedirect(place.at().address)
        marked = request.POST.getlist("_selected_action")[:MAX_MARKED]
        keys = {whole_number(key, limit=MAX_KEY) for key in marked}
        _do(request, act, sorted(key for key in keys if key))
        return HttpResponseRedirect(place.address)

    def _anchor_after(self, request: HttpRequest, place: Place, key: int) -> str:
        """Where the page should open after an act on one comment: at the comment itself when it
        stays on the tab, else at the one that takes its place. One query at most, none for 0, which
        is no comment.
        """
        if not key:
            return ""
        if place.status is None and not place.is_reported:
            return f"#comment-{key}"
        after = self._found(request, place).filter(pk__lte=key).values_list("pk", flat=True).first()
        return f"#comment-{after}" if after else ""

    def _page_of_one(self, request: HttpRequest, row: Row) -> TemplateResponse:
        comment = row.comment
        on_post = BlogComment.objects.on_post(comment.post)
        above = on_post.filter(path__in=threads.ancestors(comment.path))
        below = on_post.below(comment)
        replies = list(below.for_thread().in_reading_order()[: REPLIES_SHOWN + 1])
        place = Place.from_query(QueryDict(request.GET.get("_changelist_filters", "")))
        return self._answer(
            request,
            "admin/comments/comment.html",
            title=_("Comment by %(name)s") % {"name": comment.author_name or _("nobody")},
            row=row,
            above=list(above.for_thread().in_reading_order()),
            replies=replies[:REPLIES_SHOWN],
            has_more_replies=len(replies) > REPLIES_SHOWN,
            revisions=list(comment.revisions.all()),
            events=comment.events.select_related("by").order_by("pk"),
            queue_address=place.address,
            post_address=place.at(status=None, post_id=comment.post_id, words="").address,
            note_max_length=NOTE_MAX_LENGTH,
            reply_max_length=MAX_LENGTH,
        )

    def _answer(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """A page in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "index_address": reverse("admin:index"),
        }
        return TemplateResponse(request, template, {**frame, **context})


def _do(request: HttpRequest, act: ModeratorAct, keys: list[int], *, note: str = "") -> None:
    """Does the act and says so."""
    assert isinstance(request.user, User)
    if not keys:
        messages.warning(request, _("Mark at least one comment first."))
        return
    at = timezone.now()
    changed = perform(act, keys, by=request.user, at=at, note=note)
    if changed:
        undoable = Undoable(act.logged, at)
        messages.success(request, undoable.behind(act.done % {"count": changed}))
    else:
        messages.info(request, _("Nothing to change: it was so already."))


def _do_otherwise(request: HttpRequest) -> int | None:
    """Does what is none of the plain acts, if that was asked for, and says so: the key of the
    comment that it was about, 0 for several; None when nothing of the kind was asked for.
    """
    if "undo" in request.POST:
        return _undo(request, request.POST["undo"])
    if "block" in request.POST:
        return _block(request, request.POST["block"])
    if "reply" in request.POST:
        return _reply(request, whole_number(request.POST["reply"], limit=MAX_KEY) or 0)
    return None


def _undo(request: HttpRequest, value: str) -> int:
    assert isinstance(request.user, User)
    undoable = Undoable.read(value)
    undone = undoable.undo(by=request.user) if undoable else None
    if undone is None or not undone.is_something:
        messages.warning(
            request,
            _("Nothing was undone: a minute has passed, or somebody has decided since."),
        )
        return 0
    if undone.count:
        sentence = ngettext(
            "Undone: %(count)d comment is as it was before.",
            "Undone: %(count)d comments are as they were before.",
            undone.count,
        )
        messages.success(request, sentence % {"count": undone.count})
    else:
        messages.success(request, _("Undone."))
    if undone.text and undone.answered_key:
        replying.put_back(request, undone.answered_key, undone.text)
    return undone.key or undone.answered_key or 0


def _block(request: HttpRequest, value: str) -> int:
    assert isinstance(request.user, User)
    key = whole_number(f"{value}::".split(":")[1], limit=MAX_KEY) or 0
    comment = BlogComment.objects.select_related("user").filter(pk=key).first()
    offer = blocking.chosen(value, comment) if comment else None
    if offer is None:
        messages.warning(request, _("Nothing to change: it was so already."))
        return key
    at = timezone.now()
    with transaction.atomic():
        rule = blocking.make_rule(offer, by=request.user)
        act = ACTS["spam"]
        perform(act, [key], by=request.user, at=at, note=offer.note)
    undoable = Undoable(act.logged, at, rule_id=rule.pk if rule else None)
    messages.success(request, undoable.behind(offer.done))
    return key


def _reply(request: HttpRequest, key: int) -> int:
    assert isinstance(request.user, User)
    at = timezone.now()
    text = request.POST.get(f"{replying.FIELD}{key}", "")
    try:
        reply = replying.reply(key, text, by=request.user, request=request, at=at)
    except NotSent as error:
        messages.error(request, str(error))
        return key
    replying.forget(request, key)
    undoable = Undoable(Act.APPROVED, at, reply_id=reply.pk)
    link = format_html(
        '<a href="{}">{}</a>', reply.get_absolute_url(), _("Your reply is published.")
    )
    messages.success(request, undoable.behind(link))
    return key
