"""The queue of comments, and the page of one comment."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from comments import moderation, threads
from comments.admin.acts import ACTS, ModeratorAct, offered_on, perform
from comments.admin.queue import (
    MAX_KEY,
    PER_PAGE,
    Place,
    Row,
    posts_to_choose,
    rows,
    tabs,
    whole_number,
)
from comments.admin.rights import ModeratorsAdmin, is_moderator
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
        files = ("moderation", "queue", "card", "comment")
        return Media(css={"all": [f"comments/admin/{name}.css" for name in files]})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """GET: one page of the queue; its address says tab, post, words and page.

        POST: does the act that was asked for and shows the same place again. An act on everything
        at the place asks once more before it is done.
        """
        if not is_moderator(request):
            raise PermissionDenied
        place = Place.from_query(request.GET)
        if request.method == "POST":
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
        found = rows([key]) if key else []
        if not found:
            raise Http404
        if request.method == "POST":
            act = ACTS.get(request.POST.get("action", ""))
            if act is not None:
                note = " ".join(request.POST.get("note", "").replace("\0", " ").split())
                _do(request, act, [found[0].comment.pk], note=note[:NOTE_MAX_LENGTH])
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
        shown = rows(keys[:PER_PAGE])
        return self._answer(
            request,
            "admin/comments/queue.html",
            title=_("Comments"),
            place=place,
            tabs=tabs(place, counts),
            rows=shown,
            acts=offered_on(place.status),
            posts=posts_to_choose(place),
            is_mixed=place.status is None,
            # Known without counting while the tab alone decides.
            count=None if place.is_narrowed else tab_count,
            first=first + 1,
            last=first + len(shown),
            newer=place.at(page=place.page - 1).address if place.page > 1 else "",
            older=place.at(page=place.page + 1).address if len(keys) > PER_PAGE else "",
            has_more=len(keys) > PER_PAGE or place.page > 1,
            whole_tab=place.at(words="", post_id=None).address,
            back=place.query,
        )

    def _act(self, request: HttpRequest, place: Place) -> HttpResponse:
        """Does what was asked for and shows the same place again.

        The buttons of one comment say `one=approve:41`, those of the marked ones `action=approve`.
        """
        name, _colon, one = request.POST.get("one", "").partition(":")
        act = ACTS.get(name or request.POST.get("action", ""))
        if act is None:
            return HttpResponseRedirect(place.address)
        if one:
            key = whole_number(one, limit=MAX_KEY)
            anchor = self._anchor_after(request, place, key) if key else ""
            _do(request, act, [key] if key else [])
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
        stays on the tab, else at the one that takes its place. One query at most.
        """
        if place.status is None:
            return f"#comment-{key}"
        after = self._found(request, place).filter(pk__lt=key).values_list("pk", flat=True).first()
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
            events=comment.events.select_related("by").order_by("pk"),
            queue_address=place.address,
            post_address=place.at(status=None, post_id=comment.post_id, words="").address,
            note_max_length=NOTE_MAX_LENGTH,
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
    changed = perform(act, keys, by=request.user, note=note)
    if changed:
        messages.success(request, act.done % {"count": changed})
    else:
        messages.info(request, _("Nothing to change: it was so already."))
