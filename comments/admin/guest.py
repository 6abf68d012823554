"""Commenters without an account, to look at."""

from datetime import datetime

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from comments.admin.rights import ModeratorsAdmin, sees_addresses
from comments.choices import Status
from comments.models import BlogComment, Guest


@admin.register(Guest)
class GuestAdmin(ModeratorsAdmin):
    """Name, whether the address was confirmed, how many comments; the address for owners only."""

    list_display_links = None
    list_filter = (("verified_at", admin.EmptyFieldListFilter),)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guest]:
        """With the counts of each. Adds no query."""
        guests: QuerySet[Guest] = super().get_queryset(request)
        theirs = BlogComment.objects.order_by().filter(guest=OuterRef("pk")).values("guest")

        def count(condition: Q) -> Coalesce:
            rows = theirs.annotate(count=Count("pk", filter=condition)).values("count")
            return Coalesce(Subquery(rows, output_field=IntegerField()), 0)

        return guests.annotate(
            comment_count=count(Q()), published_count=count(Q(status=Status.PUBLISHED))
        )

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """The columns that this person may see."""
        address: tuple[str, ...] = ("email",) if sees_addresses(request) else ()
        return ("name", *address, "confirmed", "comments", "published", "first_seen")

    def get_fields(self, request: HttpRequest, obj: Guest | None = None) -> tuple[str, ...]:
        """The page of one guest shows what the list shows."""
        return self.get_list_display(request)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Nobody finds by an address that he may not see."""
        return ("name", "email") if sees_addresses(request) else ("name",)

    @admin.display(description=_("address confirmed"), boolean=True, ordering="verified_at")
    def confirmed(self, guest: Guest) -> bool:
        """Whether somebody who reads that mailbox has confirmed it."""
        return guest.is_verified

    @admin.display(description=_("comments"))
    def comments(self, guest: Guest) -> int:
        """How many, whatever their status."""
        count: int = guest.comment_count  # type: ignore[attr-defined]
        return count

    @admin.display(description=_("published"))
    def published(self, guest: Guest) -> int:
        """How many are published."""
        count: int = guest.published_count  # type: ignore[attr-defined]
        return count

    @admin.display(description=_("first seen"), ordering="created_at")
    def first_seen(self, guest: Guest) -> datetime:
        """When this blog first heard of that address."""
        return guest.created_at
