"""The log of moderation: read by moderators, written by nobody."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from comments.admin.rights import ModeratorsAdmin
from comments.choices import Status
from comments.models import ModerationEvent


@admin.register(ModerationEvent)
class ModerationEventAdmin(ModeratorsAdmin):
    """Who did what to which comment, when and why, newest first."""

    list_display = ("when", "act", "who", "link", "post", "change", "note")
    list_display_links = None
    list_filter = ("act", ("by", admin.RelatedOnlyFieldListFilter))
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
        """The status before and after."""
        after = str(Status(event.status_after).label)
        if not event.status_before:
            return after
        return f"{Status(event.status_before).label} → {after}"
