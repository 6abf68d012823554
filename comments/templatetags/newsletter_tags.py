"""What pages say of the newsletter."""

from django import template
from django.conf import settings
from django.urls import reverse

register = template.Library()


@register.simple_tag
def newsletter_address() -> str:
    """Where a reader asks for new posts by mail; empty when no mail can be sent."""
    return reverse("comments:newsletter") if settings.HAS_MAIL else ""
