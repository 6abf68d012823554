"""Every address of the site, by app."""

from django.contrib import admin
from django.urls import include, path

from config import accounts, errors, health, patterns

handler400 = errors.bad_request
handler403 = errors.forbidden
handler500 = errors.server_error

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("patterns/", patterns.show),  # 404 unless DEBUG
    path("admin/", admin.site.urls),
    path("accounts/password/reset/", accounts.password_reset, name="account_reset_password"),
    path("accounts/", include("allauth.urls")),
    path("comments/", include("comments.urls")),
    path("", include("comments.feed_urls")),
    path("", include("blog.urls")),
]
