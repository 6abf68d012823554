"""Addresses of views that do what a test needs: how often they ran, what they answer."""

from threading import Event

from django.http import HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import path

from blog import pagecache
from blog.models import Post, SiteProfile


class Stage:
    """What a test tells the views, and what they tell the test."""

    def __init__(self):
        self.runs = 0
        self.entered = Event()
        self.goes_on = Event()
        self.goes_on.set()
        self.answer = lambda request: HttpResponse("a page")


stage = Stage()


def run(request):
    stage.runs += 1
    titles = ",".join(Post.objects.order_by("pk").values_list("title", flat=True))
    stage.entered.set()
    # What the view has read is old from here on, if the test changes it now.
    stage.goes_on.wait(10)
    response = stage.answer(request)
    response["X-Titles"] = titles
    return response


@pagecache.cached_page("q", "before")
def kept(request):
    pagecache.shows(request, pagecache.keys.EVERYTHING)
    return run(request)


@pagecache.cached_page()
def kept_until_any_change(request):
    return run(request)


def not_kept(request):
    return run(request)


def profile(request):
    return HttpResponse(SiteProfile.current().title)


def echo(request):
    seen = sorted(request.headers.items()), sorted(request.COOKIES), dict(request.GET.items())
    return HttpResponse(repr((seen, request.get_host(), request.META["QUERY_STRING"])))


def moved(request):
    return HttpResponsePermanentRedirect("/kept/")


def elsewhere(request):
    return HttpResponseRedirect("/kept/")


urlpatterns = [
    path("kept/", kept),
    path("other/", kept),
    path("any/", kept_until_any_change),
    path("not-kept/", not_kept),
    path("echo/", pagecache.cached_page("q")(echo)),
    path("moved/", pagecache.cached_page()(moved)),
    path("elsewhere/", pagecache.cached_page()(elsewhere)),
    path("comments/kept/", kept),
    path("admin/kept/", kept),
    path("accounts/kept/", kept),
    path("drafts/kept/", kept),
]
