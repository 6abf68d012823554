"""The log of moderation: read by moderators, written by nobody."""

import csv
from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from comments.admin.rights import ModeratorsAdmin, is_moderator
from comments.choices import Status
from comments.models import ModerationEvent

COLUMNS = ("at", "act", "who", "comment", "writer", "post", "before", "after", "why")
# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class Echo:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def cell(text: str) -> str:
    """`text` as a spreadsheet shows it, whatever it begins with."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def as_csv(events: QuerySet[ModerationEvent]) -> Iterator[str]:
    """Line by line: the columns' names, then one line for each event. What the log calls an act or
    a status is written as it is stored, the same in every language. Keeps no more than a few
    hundred rows in memory.
    """
    writer = csv.writer(Echo())
    # Spreadsheets take a file without this mark for Latin-1, and Chinese for noise.
    yield "\ufeff" + writer.writerow(COLUMNS)
    for event in events.iterator(chunk_size=500):
        yield writer.writerow(
            [
                event.at.isoformat(),
                event.act,
                cell(event.by.get_username() if event.by else ""),
                event.comment_id,
                cell(event.comment.author_name),
                cell(event.comment.post.title),
                event.status_before,
                event.status_after,
                cell(event.note),
            ]
        )


@admin.register(ModerationEvent)
class ModerationEventAdmin(ModeratorsAdmin):
    """Who did what to which comment, when and why, newest first."""

    list_display = ("when", "act", "who", "link", "post", "change", "note")
    list_display_links = None
    list_filter = ("act", ("by", admin.RelatedOnlyFieldListFilter), "at")
    change_list_template = "admin/comments/log.html"
    search_fields = ("note", "comment__user_name")
    fields = ("when", "act", "who", "link", "post", "change", "note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModerationEvent]:
        """With what the list shows of each. Adds no query."""
        events: QuerySet[ModerationEvent] = super().get_queryset(request)
        return events.select_related("comment__user", "comment__post", "by").only(
            "at",
            "act",
            "note",
            "status_before",
            "status_after",
            "by__username",
            "by__first_name",
            "by__last_name",
            "comment__user_name",
            "comment__user__username",
            "comment__user__first_name",
            "comment__user__last_name",
            "comment__post__title",
        )

    def get_urls(self) -> list[URLPattern]:
        """The list, the page of one event, and the list as a file."""
        export = path(
            "export/",
            self.admin_site.admin_view(require_safe(self.export)),
            name="comments_moderationevent_export",
        )
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The log as a CSV file, with the filters of the list and no more than it shows."""
        if not is_moderator(request):
            raise PermissionDenied
        try:
            events = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:comments_moderationevent_changelist"))
        today = timezone.localdate().isoformat()
        return StreamingHttpResponse(
            as_csv(events),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="moderation-{today}.csv"',
                "Cache-Control": "private, no-store",
            },
        )

    @admin.display(description=_("when"), ordering="-at")
    def when(self, event: ModerationEvent) -> object:
        """The time."""
        return event.at

    @admin.display(description=_("who"))
    def who(self, event: ModerationEvent) -> str | None:
        """The moderator; nobody for what happened by itself."""
        return (event.by.get_full_name() or event.by.get_username()) if event.by else None

    @admin.display(description=_("comment"))
    def link(self, event: ModerationEvent) -> SafeString:
        """Whose comment, as a link to its page."""
        address = reverse("admin:comments_blogcomment_change", args=[event.comment_id])
        name = event.comment.author_name or f"#{event.comment_id}"
        return format_html('<a href="{}">{}</a>', address, name)

    @admin.display(description=_("post"))
    def post(self, event: ModerationEvent) -> str:
        """The post's title."""
        return event.comment.post.title or str(_("Untitled"))

    @admin.display(description=_("change"))
    def change(self, event: ModerationEvent) -> str:
        """The status before and after; once when it stayed the same."""
        after = str(Status(event.status_after).label)
        if event.status_before in {"", event.status_after}:
            return after
        return f"{Status(event.status_before).label} → {after}"
