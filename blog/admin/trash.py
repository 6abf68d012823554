"""The trash: what lies in it, taken out again or destroyed."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext

from blog import publishing
from blog.models import Post

PER_PAGE = 50


def page(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """What the person may restore, the last thrown away first; a POST restores or destroys one."""
    assert isinstance(request.user, User)
    posts = Post.objects.restorable_by(request.user)
    if request.method == "POST":
        return _act(request)
    rows = posts.select_related("author").defer("body", "body_html", "search_text")
    paginator = Paginator(rows.order_by("-trashed_at", "-pk"), PER_PAGE)
    shown = paginator.get_page(request.GET.get("p", "1"))
    for post in shown:
        assert post.trashed_at is not None
        post.destroyed_at = post.trashed_at + timedelta(days=publishing.TRASH_DAYS)  # type: ignore[attr-defined]
    return TemplateResponse(
        request,
        "admin/blog/post/trash.html",
        {**context, "title": gettext("Trash"), "page": shown, "days": publishing.TRASH_DAYS},
    )


def _act(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    name = "restore" if "restore" in request.POST else "destroy"
    key = request.POST.get(name, "")
    is_key = key.isascii() and key.isdigit() and len(key) < 19
    posts = Post.objects.restorable_by(request.user)
    post = get_object_or_404(posts, pk=int(key) if is_key else None)
    title = format_html('<span dir="auto">{}</span>', post)
    if name == "restore":
        publishing.restore(post, by=request.user)
        words = gettext("“{post}” is back, with its address and comments.")
    else:
        publishing.destroy(post)
        words = gettext("“{post}” is deleted for ever.")
    messages.success(request, format_html(words, post=title))
    return HttpResponseRedirect(request.path)
