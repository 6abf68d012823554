"""What is kept of a clue, and the sentence it becomes for whoever reads it.

A row keeps names and values only, so that the sentence follows the language of its reader.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comments.choices import RuleKind
from comments.models import BlockRule

Values = Mapping[str, Any]
Reason = Mapping[str, Any]  # as the row keeps it: {"name", "points", "values"}


def sentence(reason: Reason) -> str:
    """Why a comment was held, in the language that is active; "" for what says nothing.

    What was written before values were kept has a finished sentence, which is shown as it is.
    """
    say = SENTENCES.get(kind(reason))
    try:
        return say(reason["values"]) if say else str(reason.get("sentence", ""))
    except KeyError:
        return str(reason.get("sentence", ""))


def kind(reason: Reason) -> str:
    """The name without what it is about: `rule` of `rule:7`."""
    return str(reason["name"]).partition(":")[0]


def _haste(values: Values) -> str:
    sentence = ngettext(
        "It was sent %(count)d second after the page was opened.",
        "It was sent %(count)d seconds after the page was opened.",
        values["count"],
    )
    return sentence % {"count": values["count"]}


def _links(values: Values) -> str:
    count = values["count"]
    return ngettext("It has %(count)d link.", "It has %(count)d links.", count) % {"count": count}


def _often_refused(values: Values) -> str:
    return _("%(refused)d of the last %(recent)d comments of this person were refused.") % {
        "refused": values["refused"],
        "recent": values["recent"],
    }


def _rule(values: Values) -> str:
    if values["kind"] == RuleKind.SENDER:
        return _("It comes from a network that a moderator has blocked.")
    rule = BlockRule(kind=values["kind"], pattern=values["pattern"])
    return _("It meets the rule “%(rule)s”.") % {"rule": rule}


def _reported(values: Values) -> str:
    sentence = ngettext(
        "It was reported by %(count)d reader.",
        "It was reported by %(count)d readers.",
        values["count"],
    )
    return sentence % {"count": values["count"]}


SENTENCES: dict[str, Callable[[Values], str]] = {
    "first": lambda _values: _("It is the first comment of this person."),
    "rule": _rule,
    "links": _links,
    "reported": _reported,
    "often-refused": _often_refused,
    "honeypot": lambda _values: _("A field that people can't see was filled in."),
    "haste": _haste,
    "forum-markup": lambda _values: _("It has markup of forum software, written for another site."),
    "address": lambda _values: _("The address of this guest is not confirmed."),
    "all": lambda _values: _("Every comment on this blog waits for a moderator."),
    "old-post": lambda _values: _("Comments on posts this old wait for a moderator."),
    "closed": lambda _values: _("Comments were closed before its writer confirmed his address."),
    "imported": lambda _values: _("It was waiting for a moderator where it was imported from."),
}
