"""The panel before publishing: what the checks say of a text as it stands in the form."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from blog import inspection, markup
from blog.admin.post_form import PostForm, Step
from blog.models import Post

TEMPLATE = "admin/blog/post/_inspection.html"


def findings(post: Post | None) -> list[inspection.Finding]:
    """What is to be said of `post`; nothing of one that was never begun, or is too long to read."""
    if post is None or not (post.title.strip() or post.body.strip()):
        return []
    try:
        post.derive()
    except markup.SourceTooLong:
        return []
    return inspection.inspect([post])[0]


def panel(request: HttpRequest, form: PostForm) -> HttpResponse:
    """The panel for what the form holds. Saves nothing."""
    form.is_valid()  # reads what can be read
    post = form.instance
    if not post.address_month and form.cleaned_data.get("step") == Step.AT:
        post.publish_at = form.cleaned_data.get("publish_time") or post.publish_at
    context: dict[str, Any] = {"findings": findings(post)}
    response = TemplateResponse(request, TEMPLATE, context)
    response.headers["Cache-Control"] = "private, no-store"
    return response
