"""The writing desk: the stock admin, with our words, our colours and our rules."""

from typing import Any

# These four register what is taken out below.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin
import django.contrib.sites.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.contrib.sites.models import Site
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# Roles are chosen on the account's page, mail addresses and second factors are their person's own
# affair, and the site's address comes from SITE_URL.
admin.site.unregister([Group, User, Site, EmailAddress, Authenticator])

from blog.admin.author import AuthorAdmin  # noqa: E402  after the stock User is gone
from blog.admin.label import LabelAdmin  # noqa: E402
from blog.admin.media import MediaItemAdmin  # noqa: E402
from blog.admin.people import PersonAdmin  # noqa: E402
from blog.admin.post import PostAdmin  # noqa: E402
from blog.admin.site import SiteProfileAdmin  # noqa: E402

# "Authentication and Authorization" holds nothing but the accounts now.
apps.get_app_config("auth").verbose_name = _("People")
admin.site.site_title = "Postil"
admin.site.site_header = "Postil"
admin.site.index_title = _("Writing desk")


def already_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Sends those who are logged in to the first page.

    The stock view would take a name and a password here, from anybody with a role, as often as he
    likes and without the other person's second factor.
    """
    return HttpResponseRedirect(reverse("admin:index"))


# One way in: limited attempts and second factors hold for the admin too.
admin.site.login = secure_admin_login(already_in)  # type: ignore[method-assign]

__all__ = [
    "AuthorAdmin",
    "LabelAdmin",
    "MediaItemAdmin",
    "PersonAdmin",
    "PostAdmin",
    "SiteProfileAdmin",
]
