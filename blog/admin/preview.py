"""A post as readers will see it, before it is saved."""

from copy import copy

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from blog import markup
from blog.admin.post_form import PostForm, Step
from blog.choices import State
from blog.models import Author, Label

UNSAVED = 0  # no row has this key, so nothing of another post can show


def as_readers_see(form: PostForm, request: HttpRequest) -> HttpResponse:
    """The reader's page of what the form holds, for a stranger, as if it were published.

    What the form would refuse is left as it was; nothing is saved.
    """
    form.is_valid()  # reads what can be read
    post = form.instance
    values = form.cleaned_data
    if post.pk is None:
        post.pk = UNSAVED
    if post.author_id is None:
        user = request.user
        author = Author.objects.of(user).first()
        post.author = author or Author(name=user.get_username())
    at = values.get("publish_time") if values.get("step") == Step.AT else None
    post.publish_at = at or post.publish_at or timezone.now()
    post.state = State.PUBLISHED
    try:
        post.derive()
    except markup.SourceTooLong as error:
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=422)
    post._prefetched_objects_cache = {"labels": chosen_labels(form)}
    stranger = copy(request)
    stranger.user = AnonymousUser()
    stranger.method = "GET"
    context = {"post": post, "newer": None, "older": None, "canonical": "", "feed_url": ""}
    response = TemplateResponse(stranger, "blog/post_detail.html", context)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def chosen_labels(form: PostForm) -> list[Label]:
    """The labels that the post would carry, by name."""
    labels = {label.name: label for label in form.cleaned_data.get("labels") or ()}
    labels |= {label.name: label for label in form.cleaned_data.get("new_labels") or ()}
    return [labels[name] for name in sorted(labels)]
