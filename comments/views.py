"""Sending, previewing, confirming a comment."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from blog import markup
from blog.choices import GuestAccess
from blog.models import Post
from comments import engine, links, moderation, visitors
from comments.choices import Status
from comments.forms import MAX_KEY, CommentForm
from comments.models import BlogComment, Subscription
from comments.origin import from_this_site
from comments.spam import Refused, Submission, ratelimit

MAX_BODY_BYTES = 500_000  # ten thousand characters, each of four bytes written as twelve
# What binds a form to its place: a browser sends each exactly once.
BOUND_FIELDS = ("content_type", "object_pk", "timestamp", "security_hash", "reply_to")
# Refusals that no visitor makes by typing: the form was changed on its way.
FORGERIES = {"content_type", "object_pk", "security_hash"}


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def comment_form(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET: the form on a page of its own, below the comment that `reply_to` names.

    POST: keeps the comment and goes to where its writer sees what became of it. Whatever is wrong,
    the same page again with the text in it: 422 for what can be mended, 409 for a form that is too
    old or a post that closed meanwhile, 429 for too many, 400 for a form that was tampered with.
    """
    named = request.POST if request.method == "POST" else request.GET
    post, answered = _place(post_id, named.get("reply_to", ""))
    guest = visitors.known_guest(request)
    if request.method != "POST":
        form = CommentForm(post, user=request.user, guest=guest, reply_to=answered)
        return _show(request, post, form)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        form = CommentForm(post, user=request.user, guest=guest)
        return _again(request, post, form, 413, _("That is too much for one comment."))
    form = CommentForm(post, request.POST, user=request.user, guest=guest, reply_to=answered)
    refusal = _refusal(request, post, form)
    if refusal is not None:
        return refusal
    if "preview" in request.POST:
        html = markup.render_comment(form.cleaned_data["comment"])
        return _show(request, post, form, preview_html=html)
    return _keep(request, post, form)


def _refusal(request: HttpRequest, post: Post, form: CommentForm) -> HttpResponse | None:
    """The page that says what is wrong with the form, before anything is kept; None when nothing
    is.
    """
    if any(len(request.POST.getlist(name)) != 1 for name in BOUND_FIELDS):
        return _again(
            request, post, form, 400, _("Something of the form was missing. Send it once more.")
        )
    is_valid = form.is_valid()
    if not post.is_open_for_comments:
        sentence = _("Comments on this post were closed while you wrote.")
        return _again(request, post, form, 409, sentence)
    if not _may_write(request, post):
        return _again(request, post, form, 409, _("Please log in to comment on this blog."))
    return None if is_valid else _refused(request, post, form)


def _keep(request: HttpRequest, post: Post, form: CommentForm) -> HttpResponse:
    """Keeps what a valid form says; where its writer goes next, or the page that tells him to wait,
    or that it was not accepted.
    """
    submission = _submission(request, post, form)
    try:
        comment = moderation.receive(submission, request=request, can_mail=settings.HAS_MAIL)
    except ratelimit.TooFast as error:
        sentence = ngettext(
            "That was quick. Please wait %(count)d second and send it again.",
            "That was quick. Please wait %(count)d seconds and send it again.",
            error.retry_after,
        )
        response = _again(request, post, form, 429, sentence % {"count": error.retry_after})
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except (engine.Vetoed, Refused):
        return _again(request, post, form, 409, _("This comment was not accepted."))
    answer = _after(comment)
    if submission.user is None and submission.guest is None:
        visitors.remember_writing(request, answer, comment)
    return answer


def _may_write(request: HttpRequest, post: Post) -> bool:
    return post.who_may_comment != GuestAccess.MEMBERS or request.user.is_authenticated


def _place(post_id: int, reply_to: str) -> tuple[Post, BlogComment | None]:
    """The post, and the published comment on it that `reply_to` names, if there is one. One query,
    two when it names none that can be answered.

    Raises:
        Http404: there is no such post for readers, or its comments are hidden.
    """
    if post_id > MAX_KEY:
        raise Http404
    is_key = reply_to.isascii() and reply_to.isdigit() and len(reply_to) <= 10
    if is_key and 0 < int(reply_to) <= MAX_KEY:
        found = BlogComment.objects.published().select_related("post__author")
        answered = found.filter(pk=int(reply_to), post=post_id).first()
        if answered is not None:
            return answered.post, answered
    posts = Post.objects.with_comments().select_related("author")
    return get_object_or_404(posts, pk=post_id), None


def _submission(request: HttpRequest, post: Post, form: CommentForm) -> Submission:
    data = form.cleaned_data
    guest = form.guest
    return Submission(
        post=post,
        reply_to=form.parent,
        name=data.get("name", ""),
        email=guest.email if guest else data.get("email", ""),
        url=data.get("url", ""),
        text=data["comment"],
        client_key=ratelimit.client_key(request.META.get("REMOTE_ADDR", "")),
        address=request.META.get("REMOTE_ADDR", ""),
        user=request.user if isinstance(request.user, User) else None,
        guest=guest,
        is_honeypot_filled=bool(data.get("honeypot")),
        seconds_open=data.get("seconds_open"),
        follow=frozenset(data.get("follow", ())),
    )


def _refused(request: HttpRequest, post: Post, form: CommentForm) -> HttpResponse:
    if FORGERIES & set(form.errors):
        return _again(
            request, post, form, 400, _("Something of the form was missing. Send it once more.")
        )
    if "timestamp" in form.errors:
        is_old = any(error.code == "expired" for error in form.errors.as_data()["timestamp"])
        return _again(
            request,
            post,
            form,
            409 if is_old else 400,
            _("This page was open for a long time. Send it once more."),
        )
    return _again(request, post, form, 422, "")


def _again(
    request: HttpRequest, post: Post, form: CommentForm, status: int, sentence: str
) -> TemplateResponse:
    return _show(request, post, form, status=status, sentence=sentence)


def _show(
    request: HttpRequest,
    post: Post,
    form: CommentForm,
    *,
    status: int = 200,
    sentence: str = "",
    preview_html: str = "",
) -> TemplateResponse:
    """The page of the form. Its hidden fields are always fresh; what was typed is in it."""
    form.renew_hidden_fields()
    return TemplateResponse(
        request,
        "comments/form_page.html",
        {
            "post": post,
            "form": form,
            "parent": form.parent or form.answered,
            "sentence": sentence,
            "preview_html": preview_html,
            "is_open": post.is_open_for_comments,
            "may_write": _may_write(request, post),
        },
        status=status,
    )


def _after(comment: BlogComment) -> HttpResponseRedirect:
    """Where the writer goes next: to his comment, or to a page that says what it waits for."""
    if comment.is_shown:
        target = comment.get_absolute_url()
    else:
        target = reverse("comments:sent", args=[links.make(links.Purpose.STATUS, comment.pk)])
    return HttpResponseRedirect(target, status=303)


def _comment_of(token: str, purpose: links.Purpose) -> BlogComment | None:
    """The comment that a signed link opens; None when it is too old.

    Raises:
        Http404: the link is forged, or its comment is gone.
    """
    try:
        key = links.read_number(purpose, token)
    except links.Expired:
        return None
    except links.Forged as error:
        raise Http404 from error
    return get_object_or_404(
        BlogComment.objects.select_related("post__author", "user", "guest"), pk=key
    )


def _dead_link(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "comments/dead_link.html", status=410)


@never_cache
@require_safe
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """What became of a comment, for the one who wrote it. The link is his receipt."""
    comment = _comment_of(token, links.Purpose.STATUS)
    if comment is None:
        return _dead_link(request)
    return TemplateResponse(
        request, "comments/sent.html", {"comment": comment, "post": comment.post}
    )


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET: shows the comment that waits for its writer's click; changes nothing, so that a mail
    scanner that opens it does no harm. POST: confirms, and remembers this browser.
    """
    comment = _comment_of(token, links.Purpose.CONFIRM)
    if comment is None:
        return _dead_link(request)
    if request.method != "POST":
        return TemplateResponse(
            request,
            "comments/confirm.html",
            {
                "comment": comment,
                "post": comment.post,
                "Status": Status,
                "follows": Subscription.objects.asked_with(comment),
            },
        )
    try:
        comment = moderation.confirm(comment)
    except BlogComment.DoesNotExist as error:
        raise Http404 from error
    response = _after(comment)
    if comment.guest is not None and comment.guest.is_verified:
        visitors.remember(response, comment.guest)
    return response


@require_safe
def permalink(request: HttpRequest, key: int) -> HttpResponse:
    """Goes to the page of the post that shows comment `key`; 404 while readers can't read it."""
    found = BlogComment.objects.published().select_related("post")
    comment = get_object_or_404(found, pk=key if key <= MAX_KEY else None)
    return redirect(comment)
