"""The site profile in the admin: one row, so one form and no list."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.sites.models import Site
from django.core.exceptions import PermissionDenied
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _

from blog import publishing
from blog.admin import appearance
from blog.choices import Check
from blog.models import SiteProfile


class SiteProfileForm(ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """What the owner says; which checks block is chosen from a list."""

    blocking_checks = MultipleChoiceField(
        label=_("What keeps a text from being published"),
        choices=Check.choices,
        required=False,
        widget=CheckboxSelectMultiple,
        help_text=_("Writers are told of the others too, and decide by themselves."),
    )


@admin.register(SiteProfile)
class SiteProfileAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """What the owner says about the blog as a whole."""

    form = SiteProfileForm
    fieldsets = (
        (None, {"fields": ("title", "tagline", "language", "time_zone")}),
        (_("Pages"), {"fields": ("posts_per_page", "shows_day_headings", "shows_attribution")}),
        (
            _("Comments"),
            {
                "fields": (
                    "guest_access",
                    "moderation",
                    "hold_after_days",
                    "close_after_days",
                    "reports_to_hold",
                    "moderator_mail",
                    "author_mail",
                    "comment_message",
                    "has_post_comment_feeds",
                )
            },
        ),
        (_("Before publishing"), {"fields": ("blocking_checks",)}),
        (
            _("Feeds and search engines"),
            {"fields": ("feed_content", "is_searchable", "description", "hub_url")},
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        """The look has pages of its own."""
        return [*appearance.addresses(), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The row is there from the start."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SiteProfile | None = None) -> bool:
        """A blog has a profile."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form itself: a list of one would be a detour."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:blog_siteprofile_change", args=[1]))

    def save_model(
        self, request: HttpRequest, obj: SiteProfile, form: "ModelForm[SiteProfile]", change: bool
    ) -> None:
        """Saves; a new zone regroups all posts under its days, a new title goes into mails too."""
        obj.save()
        if "time_zone" in form.changed_data:
            publishing.change_time_zone(obj)
        if "title" in form.changed_data:
            Site.objects.filter(pk=settings.SITE_ID).update(name=obj.title[:50])
            Site.objects.clear_cache()
