"""Judges a submission: what is odd about it, and what follows. Holds, never drops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.contrib.auth.models import User

from blog.choices import Moderation
from blog.models import Post
from comments.choices import RuleAction, Status
from comments.models import BlogComment, Guest

HOLD_FROM = 3  # points; below, a comment is published if the blog's policy allows it
SPAM_FROM = 8  # points; from here it goes to the spam folder, still before moderators' eyes


@dataclass(frozen=True, slots=True)
class Submission:
    """What a visitor sent, and only what a visitor may set."""

    post: Post
    reply_to: BlogComment | None
    name: str
    email: str
    url: str
    text: str
    client_key: str
    user: User | None = None
    guest: Guest | None = None  # known by the cookie of a confirmed address
    is_honeypot_filled: bool = False
    seconds_open: int | None = None  # None: the browser did not say
    address: str = ""  # the visitor's network address; looked at, never kept
    follow: frozenset[str] = frozenset()  # each a Scope: what to be told of, too
    # The key of a comment whose new text this is: it earns its writer no trust for itself.
    stored_key: int | None = None
    # What was noticed when that comment was sent, and can't be seen in its row.
    noticed: "tuple[Clue, ...]" = ()


@dataclass(frozen=True, slots=True)
class Clue:
    """One observation: its name, its points, and what `reasons.sentence` makes a sentence of."""

    name: str
    points: int
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, reason: Mapping[str, Any]) -> Self:
        """The clue that a comment's row keeps."""
        return cls(reason["name"], reason["points"], reason.get("values", {}))

    def as_json(self) -> dict[str, object]:
        """As the comment's row keeps it."""
        return {"name": self.name, "points": self.points, "values": dict(self.values)}

    @property
    def rule_key(self) -> int | None:
        """The key of the block rule that it speaks of; None when it speaks of none."""
        name, _colon, key = self.name.partition(":")
        return int(key) if name == "rule" and key else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a comment goes, and why."""

    status: Status
    clues: list[Clue] = field(default_factory=list)

    @property
    def points(self) -> int:
        """The sum over all clues."""
        return sum(clue.points for clue in self.clues)


class Refused(Exception):
    """A block rule says that this comment is not even kept."""

    def __init__(self, clues: list[Clue]) -> None:
        """Keeps the rules that were met."""
        super().__init__()
        self.clues = clues


def judge(submission: Submission) -> Verdict:
    """The verdict on `submission`, as if its writer's address were confirmed already.

    Staff are published at once. Two queries at most, and one more when a rule is met.

    A rule's hit is counted once for each comment, however often that is judged.

    Raises:
        Refused: a rule that refuses is met. Its hit is counted.
    """
    from comments.spam import clues, rules, trust

    if is_staff(submission):
        return Verdict(Status.PUBLISHED)
    met_before = {clue.rule_key for clue in submission.noticed}
    rules_met = rules.met(
        rules.Target(
            text=submission.text,
            name=submission.name,
            email=submission.email or (submission.user.email if submission.user else ""),
            url=submission.url,
            address=submission.address,
            client_key=submission.client_key,
            met_before=frozenset(key for key in met_before if key is not None),
        )
    )
    rules.count_hits(rule for rule in rules_met if rule.pk not in met_before)
    found = [clues.rule(rule) for rule in rules_met]
    if rules_met and rules_met[0].action == RuleAction.REFUSE:
        raise Refused(found)
    user, guest = submission.user, submission.guest
    standing = trust.standing(
        user_id=user.pk if user else None,
        guest_id=guest.pk if guest else None,
        leaving_out=submission.stored_key,
    )
    found += clues.found(submission, standing=standing)
    if sum(clue.points for clue in found) >= SPAM_FROM:
        return Verdict(Status.SPAM, found)
    mode = submission.post.which_comments_wait
    if mode == Moderation.ALL:
        found.append(clues.every_comment_waits())
    elif submission.post.is_old_for_comments:
        found.append(clues.old_post())
    elif mode == Moderation.FIRST and standing.level == trust.Level.NEW:
        found.append(clues.first_comment())
    elif sum(clue.points for clue in found) < HOLD_FROM:
        return Verdict(Status.PUBLISHED, found)
    return Verdict(Status.HELD, found)


def is_staff(submission: Submission) -> bool:
    """Whether the writer is one of the blog's own people. Two queries for those who may come into
    the admin and did not write the post, none for others.
    """
    user = submission.user
    if user is None:
        return False
    is_author = user.pk == submission.post.author.user_id
    return is_author or (user.is_staff and user.has_perm("comments.moderate"))
