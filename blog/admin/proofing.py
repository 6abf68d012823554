"""Links for proof-readers: made, looked at and revoked on a page of their own."""

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from blog import addresses, proofs
from blog.models import Post


def _days(days: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


class NewLinkForm(forms.Form):
    """How long a new link is good."""

    days = forms.TypedChoiceField(label=_("Good for"), coerce=int, initial=7)

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offers the lengths in words of this language."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["days"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(days, _days(days)) for days in proofs.DAYS]


def page(request: HttpRequest, post: Post, context: dict[str, object]) -> HttpResponse:
    """The links of `post`; a POST makes one, which is shown this once, or revokes one."""
    assert isinstance(request.user, User)
    form, new = NewLinkForm(), ""
    if request.method == "POST" and "revoke" in request.POST:
        key = request.POST["revoke"]
        is_key = key.isascii() and key.isdigit() and len(key) < 19
        post.proof_links.filter(pk=int(key) if is_key else 0).delete()
        messages.success(request, gettext("The link is revoked: it opens nothing any more."))
        return HttpResponseRedirect(request.path)
    if request.method == "POST":
        form = NewLinkForm(request.POST)
        if form.is_valid():
            token = proofs.make(post, by=request.user, days=form.cleaned_data["days"])
            new = addresses.absolute(addresses.proof(token))
    links = post.proof_links.filter(expires_at__gt=timezone.now()).select_related("made_by")
    response = TemplateResponse(
        request,
        "admin/blog/post/proof.html",
        {
            **context,
            "title": gettext("Proof-reading"),
            "subtitle": str(post),
            "post": post,
            "form": form,
            "new_link": new,
            "links": links,
        },
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
