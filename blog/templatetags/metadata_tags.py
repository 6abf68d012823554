"""What the heads of pages tell programs."""

from typing import Any

from django import template

from blog import metadata
from blog.models import Label, Post

register = template.Library()

TEMPLATE = "includes/_metadata.html"


@register.simple_tag
def post_description(post: Post) -> str:
    """What search engines may show of a post."""
    return metadata.description(post)


@register.inclusion_tag(TEMPLATE, takes_context=True)
def post_metadata(context: template.Context, post: Post) -> dict[str, Any]:
    """The card and the structured data of a live post or page. No query with for_page()."""
    card = metadata.card(post)
    return {
        "site_profile": context["site_profile"],
        "card": card,
        "graph": metadata.as_script(metadata.post_document(post, card)),
    }


@register.inclusion_tag(TEMPLATE, takes_context=True)
def list_metadata(context: template.Context) -> dict[str, Any]:
    """Those of a list of posts: the home page, those of a label, of a span of time."""
    path, title = context["canonical"], context.get("title") or ""
    label = context.get("label")
    if isinstance(label, Label):
        graph = metadata.label_document(label)
    elif title:
        graph = [metadata.trail([(title, path)])]
    else:
        graph = metadata.home_document()
    return {
        "site_profile": context["site_profile"],
        "card": metadata.list_card(path, title=title),
        "graph": metadata.as_script(graph),
    }
