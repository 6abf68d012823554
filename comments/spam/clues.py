"""What can be odd about a comment. Each clue is one function that answers None or a Clue."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comments.choices import RuleAction
from comments.models import BlockRule
from comments.spam import SPAM_FROM, Clue, Submission
from comments.spam.trust import Level, Standing

MIN_SECONDS = 3  # nobody reads a post, thinks and writes in less
# An address, or a Markdown link whose address is none of these; each counts once.
LINK = re.compile(r"https?://|www\.|\[url|<a\s|\]\((?!\s*(?:https?://|www\.))", re.IGNORECASE)
# [link](…) is Markdown, which the form itself suggests.
FORUM_MARKUP = re.compile(r"\[(?:url|link|b|img)(?:=|\](?!\())", re.IGNORECASE)
FREE_LINKS = {Level.NEW: 0, Level.KNOWN: 2, Level.TRUSTED: 5}
MANY_LINKS = 5


def honeypot(submission: Submission) -> Clue | None:
    """A field that people can't see was filled in. Browsers' autofill does it too: never proof."""
    if not submission.is_honeypot_filled:
        return None
    return Clue("honeypot", 4, _("A field that people can't see was filled in."))


def haste(submission: Submission) -> Clue | None:
    """The form was sent faster than anybody writes."""
    seconds = submission.seconds_open
    if seconds is None or seconds >= MIN_SECONDS:
        return None
    return Clue(
        "haste",
        3,
        ngettext(
            "It was sent %(count)d second after the page was opened.",
            "It was sent %(count)d seconds after the page was opened.",
            seconds,
        )
        % {"count": seconds},
    )


def links(submission: Submission, *, level: Level) -> Clue | None:
    """Any link of somebody new; many of somebody known. The trusted may link."""
    count = len(LINK.findall(submission.text)) + bool(submission.url)
    if count <= FREE_LINKS[level]:
        return None
    sentence = ngettext("It has %(count)d link.", "It has %(count)d links.", count)
    return Clue("links", 3 if count <= MANY_LINKS else 5, sentence % {"count": count})


def often_refused(standing: Standing) -> Clue | None:
    """Too many of this person's latest comments were judged spam or removed."""
    if not standing.is_often_refused:
        return None
    return Clue(
        "often-refused",
        3,
        _("%(refused)d of the last %(recent)d comments of this person were refused.")
        % {"refused": standing.recent_refused_count, "recent": standing.recent_count},
    )


def rule(rule: BlockRule) -> Clue:
    """A block rule is met."""
    points = {RuleAction.HOLD: 3}.get(RuleAction(rule.action), SPAM_FROM)
    return Clue(f"rule:{rule.pk}", points, _("It meets the rule “%(rule)s”.") % {"rule": rule})


def shouting(submission: Submission) -> Clue | None:
    """Forum markup that no form here understands: written for another site."""
    if not FORUM_MARKUP.search(submission.text):
        return None
    return Clue("forum-markup", 3, _("It has markup of forum software, written for another site."))


def reported(count: int) -> Clue:
    """Readers of several networks have reported it."""
    return Clue(
        "reported",
        0,
        ngettext(
            "It was reported by %(count)d reader.", "It was reported by %(count)d readers.", count
        )
        % {"count": count},
    )


def first_comment() -> Clue:
    """Said of a newcomer's first comment when the blog holds those."""
    return Clue("first", 0, _("It is the first comment of this person."))


def every_comment_waits() -> Clue:
    """Said of every comment when the blog holds all."""
    return Clue("all", 0, _("Every comment on this blog waits for a moderator."))


def old_post() -> Clue:
    """Said of every comment on a post that is older than the blog's limit."""
    return Clue("old-post", 0, _("Comments on posts this old wait for a moderator."))


def closed_meanwhile() -> Clue:
    """Said when the writer confirmed his address after comments had closed."""
    return Clue("closed", 0, _("Comments were closed before its writer confirmed his address."))


def unconfirmed_address() -> Clue:
    """Said where no mail can be sent, so nobody's address can be confirmed."""
    return Clue("address", 0, _("The address of this guest is not confirmed."))


ALWAYS: tuple[Callable[[Submission], Clue | None], ...] = (honeypot, haste, shouting)


def found(submission: Submission, *, standing: Standing) -> list[Clue]:
    """All clues in `submission`, most telling first."""
    clues = [clue(submission) for clue in ALWAYS]
    clues += [links(submission, level=standing.level), often_refused(standing)]
    return sorted((clue for clue in clues if clue), key=lambda clue: -clue.points)
