"""What every template may rely on."""

from typing import Any

from django.http import HttpRequest

from blog.models import SiteProfile


def site_profile(request: HttpRequest) -> dict[str, Any]:
    """`site_profile`: the blog's title, language, zone. No query inside a request."""
    return {"site_profile": SiteProfile.current()}
