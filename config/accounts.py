"""What our account pages do otherwise than those of allauth."""

from typing import Any

from allauth.account import views
from allauth.account.forms import LoginForm as PackageLoginForm
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class LoginForm(PackageLoginForm):  # type: ignore[misc]  # the package has no types
    """Name or address, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Says what the first field takes; the package calls it "Login"."""
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail address")


@never_cache
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Asks for an address and mails a link to it; a blog that can't mail says so instead, whatever
    was sent.
    """
    if settings.HAS_MAIL:
        answer: HttpResponse = views.password_reset(request)
        return answer
    return TemplateResponse(request, "account/password_reset_without_mail.html")
