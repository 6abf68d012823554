"""Judges a submission: what is odd about it, and what follows. Holds, never drops."""

from dataclasses import dataclass, field

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


@dataclass(frozen=True, slots=True)
class Clue:
    """One observation: its name, its points, and a sentence for the moderator."""

    name: str
    points: int
    sentence: str

    def as_json(self) -> dict[str, object]:
        """As the comment's row keeps it."""
        return {"name": self.name, "points": self.points, "sentence": self.sentence}


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


def judge(submission: Submission) -> Verdict:
    """The verdict on `submission`, as if its writer's address were confirmed already.

    Staff are published at once. Two queries at most, and one more when a rule is met.

    Raises:
        Refused: a rule that refuses is met. Its hit is counted.
    """
    from comments.spam import clues, rules, trust

    if is_staff(submission):
        return Verdict(Status.PUBLISHED)
    rules_met = rules.met(
        rules.Target(
            text=submission.text,
            name=submission.name,
            email=submission.email or (submission.user.email if submission.user else ""),
            url=submission.url,
            address=submission.address,
        )
    )
    rules.count_hits(rules_met)
    if rules_met and rules_met[0].action == RuleAction.REFUSE:
        raise Refused
    user, guest = submission.user, submission.guest
    standing = trust.standing(
        user_id=user.pk if user else None,
        guest_id=guest.pk if guest else None,
        leaving_out=submission.stored_key,
    )
    found = [clues.rule(rule) for rule in rules_met]
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
