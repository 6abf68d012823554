"""Who gets into the moderator's part of the admin, and that nobody edits it there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern

MODERATE = "comments.moderate"


def is_moderator(request: HttpRequest) -> bool:
    """Whether the person may see the queue and act in it."""
    return request.user.has_perm(MODERATE)


def sees_addresses(request: HttpRequest) -> bool:
    """Whether the person sees the addresses of all guests: who runs the blog does."""
    return request.user.has_perm("blog.change_siteprofile")


class ModeratorsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """A part of the admin that moderators read. Rows are made and changed by the activities of
    `comments.moderation` alone, so there are no addresses for adding and deleting.
    """

    show_full_result_count = False
    list_per_page = 50
    actions = None

    class Media:
        css = {"all": ["comments/admin/moderation.css"]}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Moderators see it on the first page."""
        return is_moderator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Moderators read."""
        return is_moderator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody, not even a superuser."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, not even a superuser."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, not even a superuser: a removed comment keeps its place and its log."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The list and the page of one row."""
        kept = ("_changelist", "_change")
        return [address for address in super().get_urls() if (address.name or "").endswith(kept)]
