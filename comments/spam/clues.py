"""What can be odd about a comment. Each clue is one function that answers None or a Clue."""

import re
from collections.abc import Callable

from comments.choices import RuleAction, RuleKind
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
    return Clue("honeypot", 4)


def haste(submission: Submission) -> Clue | None:
    """The form was sent faster than anybody writes."""
    seconds = submission.seconds_open
    if seconds is None or seconds >= MIN_SECONDS:
        return None
    return Clue("haste", 3, {"count": seconds})


def links(submission: Submission, *, level: Level) -> Clue | None:
    """Any link of somebody new; many of somebody known. The trusted may link."""
    count = len(LINK.findall(submission.text)) + bool(submission.url)
    if count <= FREE_LINKS[level]:
        return None
    return Clue("links", 3 if count <= MANY_LINKS else 5, {"count": count})


def often_refused(standing: Standing) -> Clue | None:
    """Too many of this person's latest comments were judged spam or removed."""
    if not standing.is_often_refused:
        return None
    values = {"refused": standing.recent_refused_count, "recent": standing.recent_count}
    return Clue("often-refused", 3, values)


def rule(rule: BlockRule) -> Clue:
    """A block rule is met."""
    points = {RuleAction.HOLD: 3}.get(RuleAction(rule.action), SPAM_FROM)
    values = {"kind": rule.kind}
    if rule.kind != RuleKind.SENDER:  # nobody can read that one
        values["pattern"] = rule.pattern
    return Clue(f"rule:{rule.pk}", points, values)


def shouting(submission: Submission) -> Clue | None:
    """Forum markup that no form here understands: written for another site."""
    if not FORUM_MARKUP.search(submission.text):
        return None
    return Clue("forum-markup", 3)


def reported(count: int) -> Clue:
    """Readers of several networks have reported it."""
    return Clue("reported", 0, {"count": count})


def first_comment() -> Clue:
    """Said of a newcomer's first comment when the blog holds those."""
    return Clue("first", 0)


def every_comment_waits() -> Clue:
    """Said of every comment when the blog holds all."""
    return Clue("all", 0)


def old_post() -> Clue:
    """Said of every comment on a post that is older than the blog's limit."""
    return Clue("old-post", 0)


def closed_meanwhile() -> Clue:
    """Said when the writer confirmed his address after comments had closed."""
    return Clue("closed", 0)


def unconfirmed_address() -> Clue:
    """Said where no mail can be sent, so nobody's address can be confirmed."""
    return Clue("address", 0)


def imported() -> Clue:
    """Said of what waited for a moderator where it was imported from."""
    return Clue("imported", 0)


# Of a stored comment they are kept: its row does not show how it was sent.
OF_THE_SENDING = frozenset({"honeypot", "haste", "reported", "imported"})

ALWAYS: tuple[Callable[[Submission], Clue | None], ...] = (honeypot, haste, shouting)


def found(submission: Submission, *, standing: Standing) -> list[Clue]:
    """All clues in `submission`, most telling first."""
    clues = [clue(submission) for clue in ALWAYS]
    clues += [clue for clue in submission.noticed if clue.name in OF_THE_SENDING]
    clues += [links(submission, level=standing.level), often_refused(standing)]
    return sorted((clue for clue in clues if clue), key=lambda clue: -clue.points)
