"""The look of the blog in the admin: chosen, seen before it is saved, saved."""

from copy import copy

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, resolve, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from blog import appearance
from blog.admin.appearance_form import AppearanceForm, PicturesForm
from blog.models import SiteProfile

ADDRESS = "admin:blog_siteprofile_appearance"
# What "back to the look it came with" changes; gadgets, menu, texts and pictures stay.
RESETTABLE = ("theme", "accent", "accent_dark", "typeface", "width")


def addresses() -> list[URLPattern]:
    """The pages below the site profile."""
    view = admin.site.admin_view
    return [
        path("appearance/", view(change), name="blog_siteprofile_appearance"),
        path("appearance/preview/", view(preview), name="blog_siteprofile_appearance_look"),
        path("appearance/pictures/", view(pictures), name="blog_siteprofile_appearance_pictures"),
    ]


def _own_profile(request: HttpRequest) -> SiteProfile:
    """The profile, for those who may change it; a copy, so that nothing unsaved shows elsewhere.

    Raises:
        PermissionDenied: for anybody else.
    """
    if not request.user.has_perm("blog.change_siteprofile"):
        raise PermissionDenied
    return copy(SiteProfile.current())


def _page(
    request: HttpRequest, form: AppearanceForm, pictures_form: PicturesForm | None = None
) -> HttpResponse:
    is_wrong = bool(form.is_bound and not form.is_valid())
    context = {
        **admin.site.each_context(request),
        "title": _("Appearance"),
        "form": form,
        "pictures_form": pictures_form or PicturesForm(label_suffix=""),
        "profile": form.instance,
        "is_wrong": is_wrong,
        "has_problems": is_wrong and "move" not in request.POST,
        "opts": SiteProfile._meta,
    }
    name = "admin/blog/siteprofile/appearance.html"
    is_refused = is_wrong or (pictures_form is not None and bool(pictures_form.errors))
    return TemplateResponse(request, name, context, status=422 if is_refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """The form; POST saves, or moves a row without saving, or goes back to the first look."""
    profile = _own_profile(request)
    if request.method != "POST":
        return _page(request, AppearanceForm(instance=profile))
    if "reset" in request.POST:
        fresh = SiteProfile()
        for name in RESETTABLE:
            setattr(profile, name, getattr(fresh, name))
        return _saved(request, profile)
    form = AppearanceForm(request.POST, instance=profile)
    if "move" in request.POST or not form.is_valid():
        return _page(request, form)
    return _saved(request, form.take())


def _saved(request: HttpRequest, profile: SiteProfile) -> HttpResponse:
    appearance.save(profile)
    messages.success(request, _("Readers see it now."))
    return HttpResponseRedirect(reverse(ADDRESS))


@require_POST
def pictures(request: HttpRequest) -> HttpResponse:
    """Hangs the pictures that were sent and takes away those that were ticked."""
    profile = _own_profile(request)
    form = PicturesForm(request.POST, request.FILES, label_suffix="")
    if form.is_valid():
        for place, draw in appearance.DRAWN.items():
            upload = form.cleaned_data[place]
            try:
                if upload:
                    appearance.hang(profile, place, draw(upload))
                elif form.cleaned_data[f"remove_{place}"]:
                    appearance.hang(profile, place, None)
            except appearance.Unreadable as error:
                form.add_error(place, str(error))
    if form.errors:
        return _page(request, AppearanceForm(instance=_own_profile(request)), form)
    return _saved(request, profile)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The first page as a stranger would get it with what the form holds; nothing is saved. What
    the form refuses is said in its place.
    """
    form = AppearanceForm(request.POST, instance=_own_profile(request))
    if not form.is_valid():
        context = {"errors": [sentence for rows in form.errors.values() for sentence in rows]}
        name = "admin/blog/siteprofile/appearance_refused.html"
        response: HttpResponse = TemplateResponse(request, name, context, status=422)
    else:
        SiteProfile.remember(form.take())
        response = _as_readers_see(request, scheme=request.POST.get("scheme", ""))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _as_readers_see(request: HttpRequest, *, scheme: str) -> HttpResponse:
    """The first page for a stranger, in the light or dark scheme when one of them is named."""
    stranger = copy(request)
    stranger.user = AnonymousUser()
    stranger.method = "GET"
    stranger.path = stranger.path_info = reverse("blog:home")
    stranger.GET = QueryDict()
    # What is remembered for readers is neither used nor made.
    stranger.META = {k: v for k, v in request.META.items() if not k.startswith("postil.")}
    response: HttpResponse = resolve(stranger.path).func(stranger)
    if isinstance(response, TemplateResponse) and response.context_data is not None:
        response.context_data["scheme"] = scheme if scheme in {"light", "dark"} else ""
    return response
