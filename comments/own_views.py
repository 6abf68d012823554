"""Changing and deleting one's own comment."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from blog import markup
from blog.models import Post
from comments import editing, visitors
from comments.choices import Status
from comments.forms import MAX_KEY
from comments.guest_forms import EditForm
from comments.models import BlogComment
from comments.origin import from_this_site
from comments.visitors import Visitor


def _own(key: int, visitor: Visitor) -> BlogComment:
    """The comment, for the one who wrote it.

    Raises:
        Http404: it is somebody else's, gone, or never was. Which of these, nobody learns.
    """
    found = BlogComment.objects.select_related("post__author", "user", "guest")
    comment = found.filter(pk=key).first() if key <= MAX_KEY and visitor.is_known else None
    if comment is None or not visitor.wrote(comment):
        raise Http404
    return comment


def _place_of(comment: BlogComment) -> HttpResponseRedirect:
    """To the comment in its thread; to the list of one's own when no page shows the thread."""
    is_on_a_page = Post.objects.with_comments().filter(pk=comment.post_id).exists()
    target = comment.get_absolute_url() if is_on_a_page else reverse("comments:mine")
    return HttpResponseRedirect(target, status=303)


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """GET: the text of one's own comment in a form. POST: changes it, or shows the preview.

    404 for everybody else. Whatever is wrong, the same page with the new text in it: 422 for what
    can be mended, 409 when it is too late.
    """
    visitor = visitors.of(request)
    comment = _own(key, visitor)
    form = EditForm(request.POST if request.method == "POST" else None, initial=_initial(comment))
    context = {"comment": comment, "post": comment.post, "form": form, "is_open": True}
    try:
        editing.check_editable(comment, by=visitor.user)
        if request.method == "POST" and form.is_valid():
            text = form.cleaned_data["comment"]
            if "preview" not in request.POST:
                return _place_of(editing.change(comment, text, by=visitor.user))
            context["preview_html"] = markup.render_comment(text)
    except editing.TooLate as error:
        context |= {"is_open": False, "sentence": str(error)}
        return TemplateResponse(request, "comments/edit.html", context, status=409)
    status = 422 if form.errors else 200
    return TemplateResponse(request, "comments/edit.html", context, status=status)


def _initial(comment: BlogComment) -> dict[str, str]:
    return {"comment": comment.comment}


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, key: int) -> HttpResponse:
    """GET: asks whether it is meant. POST: takes one's own comment away, at any time.

    404 for everybody else.
    """
    visitor = visitors.of(request)
    comment = _own(key, visitor)
    if request.method == "POST":
        editing.take_away(comment, by=visitor.user)
        if visitor.is_person and request.POST.get("from") == "mine":
            return HttpResponseRedirect(reverse("comments:mine"), status=303)
        return HttpResponseRedirect(f"{_post_address(comment)}", status=303)
    return TemplateResponse(
        request,
        "comments/delete.html",
        {
            "comment": comment,
            "post": comment.post,
            "is_removed": comment.status == Status.REMOVED,
            "is_from_mine": "mine" in request.GET,
        },
    )


def _post_address(comment: BlogComment) -> str:
    if Post.objects.with_comments().filter(pk=comment.post_id).exists():
        return f"{comment.post.get_absolute_url()}#comments"
    return reverse("comments:mine")
