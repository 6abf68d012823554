"""`{% waiting_comments %}`: what waits for a moderator, on the first page of the admin."""

from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse

from comments.models import BlogComment

register = template.Library()


@register.inclusion_tag("admin/comments/_waiting.html", takes_context=True)
def waiting_comments(context: RequestContext) -> dict[str, Any]:
    """How many comments are held, as a link to the queue; nothing for those who may not moderate.
    One query.
    """
    if not context["request"].user.has_perm("comments.moderate"):
        return {"may_moderate": False}
    return {
        "may_moderate": True,
        "count": BlogComment.objects.waiting().order_by().count(),
        "address": reverse("admin:comments_blogcomment_changelist"),
    }
