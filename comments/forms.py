"""The comment form: the package's, made to fit pages that are the same for every reader."""

import time
import unicodedata
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ValidationError
from django.db.models import Q, Value
from django.http import QueryDict
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_comments_xtd.forms import XtdCommentForm

from blog import markup
from blog.choices import GuestAccess
from blog.models import Author, Post
from comments import threads
from comments.choices import Rhythm, Scope
from comments.models import BlogComment, Guest
from comments.models.guest import normal_address
from comments.spam.disguise import BLANK_LETTERS, skeleton

HOUR = 3600  # seconds
MAX_LENGTH = 10_000  # characters of a comment: five pages of a book
MAX_KEY = 2**31 - 1  # the package's comment keys are 32-bit

# What the writer of a comment may ask to be told of.
FOLLOW_CHOICES = [
    (Scope.REPLIES, _("replies to my comment")),
    (Scope.THREAD, _("new comments in this thread")),
    (Scope.POST, _("all new comments here")),
]

RESERVED_NAMES = frozenset({"admin", "administrator", "moderator", "owner", "管理员", "博主"})


def readable(text: str) -> None:
    """Refuses text that arrived broken, that holds control characters, or that shows nothing."""
    if "\ufffd" in text:
        raise ValidationError(
            _("Some characters arrived broken and show as �. Please write them again.")
        )
    if any(unicodedata.category(char) == "Cc" and char not in "\t\n\r" for char in text):
        raise ValidationError(
            _("There are invisible control characters in the text. Please remove them.")
        )
    if not markup.fold(text.translate(BLANK_LETTERS)):
        raise ValidationError(_("Write something first."))


class TextField(forms.CharField):
    """The text of a comment. A line ends with one character in it, however a browser sent it."""

    def to_python(self, value: Any) -> str:
        """The text with its line ends as they are counted and kept: in a form each comes as two
        characters, so that a text in many lines would be too long before it is.
        """
        text: str = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n")


def text_field() -> TextField:
    """What a comment says, when it is written and when it is changed."""
    return TextField(
        label=_("Comment"),
        max_length=MAX_LENGTH,
        help_text=_("*emphasis*, **strong**, `code`, > quote, - list, [link](https://…)"),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        error_messages={"required": _("Write something first.")},
        validators=[readable],
    )


class OwnPeople(NamedTuple):
    """How the blog's own people are called (as they look) and reached."""

    names: set[str]
    emails: set[str]


class CommentForm(XtdCommentForm):
    """Name, address, text, and the hidden fields that bind the form to a post and an hour.

    A filled honeypot is noted, never an error. Whatever is wrong, the text stays in the form.
    """

    seconds_open = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def __init__(
        self,
        target_object: Post,
        data: Any = None,
        *,
        user: AbstractBaseUser | AnonymousUser | None = None,
        guest: Guest | None = None,
        reply_to: BlogComment | None = None,
        **kwargs: Any,
    ) -> None:
        """A form for one post; `user` or `guest` is who the request is known to come from.

        `reply_to` is the published comment on that post which is answered, when there is one.
        """
        super().__init__(  # type: ignore[no-untyped-call]
            target_object, data=data, comment=reply_to, **kwargs
        )
        self.user = user if isinstance(user, User) else None
        self.guest = guest
        self.answered = reply_to
        self.parent: BlogComment | None = None  # where it will stand; known when it is valid
        ours = self._hidden_fields() | self._person_fields() | self._text_fields()
        for name in {"followup", "name", "email", "url"} - set(ours):
            del self.fields[name]
        self.fields |= ours  # in the package's order, which is that of the errors above the form

    # --- The fields, instead of the package's -----------------------------------------------------

    def _hidden_fields(self) -> dict[str, forms.Field]:
        """What binds the form to its place."""
        return {
            "security_hash": forms.CharField(
                min_length=64, max_length=64, widget=forms.HiddenInput()
            ),
            "reply_to": forms.IntegerField(
                required=False,
                initial=self.fields["reply_to"].initial,
                widget=forms.HiddenInput(),
            ),
        }

    def _person_fields(self) -> dict[str, forms.Field]:
        """Who writes, as far as that is not known: a member signs with his account, and the
        address of a confirmed guest is there already.
        """
        if self.user is not None:
            return {}
        fields: dict[str, forms.Field] = {
            "name": forms.CharField(
                label=_("Name"),
                max_length=50,
                initial=self.guest.name if self.guest else None,
                widget=forms.TextInput(attrs={"autocomplete": "name"}),
            ),
            "url": forms.URLField(
                label=_("Website"),
                required=False,
                max_length=200,
                assume_scheme="https",
                widget=forms.URLInput(attrs={"autocomplete": "url"}),
            ),
        }
        if self.guest is None:
            fields["email"] = self._address_field()
        return fields

    def _address_field(self) -> forms.EmailField:
        is_wanted = self.target_object.who_may_comment == GuestAccess.ADDRESS
        return forms.EmailField(
            label=_("E-mail address"),
            required=is_wanted and settings.HAS_MAIL,
            max_length=254,
            help_text=_("Never shown. You get one mail to confirm your first comment.")
            if settings.HAS_MAIL
            else _("Never shown."),
            widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        )

    def _text_fields(self) -> dict[str, forms.Field]:
        """What is said, the field that only robots fill, and what the writer will be told of."""
        fields: dict[str, forms.Field] = {
            "comment": text_field(),
            "honeypot": forms.CharField(
                required=False,
                label=_("Leave this field empty"),
                widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
            ),
        }
        if settings.HAS_MAIL and (self.user is None or self.user.email):
            fields["follow"] = forms.MultipleChoiceField(
                label=_("Tell me by mail of"),
                choices=FOLLOW_CHOICES,
                required=False,
                widget=forms.CheckboxSelectMultiple(),
            )
        return fields

    # --- What the package binds -------------------------------------------------------------------

    def generate_security_data(self) -> dict[str, str]:
        """The hidden fields; the same for every reader within an hour."""
        timestamp = str(int(time.time()) // HOUR * HOUR)
        bound = {
            "content_type": str(self.target_object._meta),
            "object_pk": str(self.target_object.pk),
            "timestamp": timestamp,
        }
        return {**bound, "security_hash": self.generate_security_hash(**bound)}

    def generate_security_hash(self, content_type: str, object_pk: str, timestamp: str) -> str:
        """An HMAC over what the form is bound to.

        The package's own relies on a default algorithm that Django is about to change.
        """
        value = "-".join((content_type, object_pk, timestamp))
        return salted_hmac("comments.form", value, algorithm="sha256").hexdigest()

    def clean_security_hash(self) -> str:
        """Refuses a hash that was not made for this post and hour."""
        bound = self.generate_security_data()
        given = str(self.cleaned_data["security_hash"])
        expected = self.generate_security_hash(
            content_type=bound["content_type"],
            object_pk=bound["object_pk"],
            timestamp=str(self.data.get("timestamp", "")),
        )
        stated = (self.data.get("content_type"), self.data.get("object_pk"))
        if stated != (bound["content_type"], bound["object_pk"]) or not constant_time_compare(
            given, expected
        ):
            raise ValidationError(_("This form belongs to another post."), code="forged")
        return given

    def clean_timestamp(self) -> int:
        """Refuses a form that was open for longer than COMMENTS_TIMEOUT, or is from the future."""
        timestamp = int(self.cleaned_data["timestamp"])
        age = time.time() - timestamp
        if not -HOUR <= age <= settings.COMMENTS_TIMEOUT + HOUR:
            raise ValidationError(
                _("This page was open for a long time. Please send it once more."), code="expired"
            )
        return timestamp

    def renew_hidden_fields(self) -> None:
        """Gives a bound form fresh hidden fields; what a person typed stays as it is."""
        if not self.is_bound:
            return
        data = QueryDict(mutable=True)
        data.update(self.data)
        for name, value in self.generate_security_data().items():
            data[name] = value
        if self.parent is None and "reply_to" in self.errors:
            data["reply_to"] = "0"
        self.data = data

    # --- What a person typed ----------------------------------------------------------------------

    def clean_honeypot(self) -> str:
        """Whatever is in it: the judge hears of it."""
        return str(self.cleaned_data["honeypot"])

    def clean_name(self) -> str:
        """Refuses the names of the blog's own people, and names that only look like theirs."""
        name = "".join(char for char in self.cleaned_data["name"] if char.isprintable()).strip()
        shape = skeleton(name)
        if not shape:
            raise ValidationError(_("Please give a name that can be read."))
        if shape in RESERVED_NAMES or shape in self._own_people.names:
            raise ValidationError(
                _("That name belongs to somebody of this blog. If it is you, please log in."),
                code="impersonation",
            )
        return name

    def clean_email(self) -> str:
        """Refuses the addresses of the blog's own people."""
        email = str(self.cleaned_data["email"]).strip()
        if normal_address(email) in self._own_people.emails:
            raise ValidationError(
                _("That address belongs to somebody of this blog. If it is you, please log in."),
                code="impersonation",
            )
        return email

    def clean_follow(self) -> list[str]:
        """Asks for an address where there is none to tell anything to."""
        wanted: list[str] = self.cleaned_data["follow"]
        has_address = self.user is not None or self.guest is not None
        if wanted and not has_address and self.cleaned_data.get("email") == "":
            raise ValidationError(
                _("Give an e-mail address too, or untick this."), code="nowhere_to_tell"
            )
        return wanted

    @cached_property
    def _own_people(self) -> "OwnPeople":
        """Names and addresses that guests may not use. One query."""
        staff = User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).order_by()
        nothing = Value("")
        rows = staff.values_list("username", "first_name", "last_name", "email").union(
            Author.objects.order_by().values_list("name", nothing, nothing, nothing)
        )
        names: set[str] = set()
        emails: set[str] = set()
        for username, first_name, last_name, email in rows:
            names |= {skeleton(username), skeleton(f"{first_name} {last_name}")}
            emails.add(normal_address(email))
        return OwnPeople(names - {""}, emails - {""})

    def clean_reply_to(self) -> int:
        """Refuses an answer to anything but a published comment on the same post.

        An answer to the deepest possible comment becomes its sibling.
        """
        key = self.cleaned_data["reply_to"] or 0
        if not key:
            return 0
        found = self.answered
        if found is None or found.pk != key:
            raise ValidationError(
                _("The comment you answer is not there any more. You can send yours without it."),
                code="parent",
            )
        if found.level >= threads.MAX_DEPTH:
            found = BlogComment.objects.get(path=found.path[: -threads.STEP_LENGTH])
        self.parent = found
        return found.pk

    def get_comment_model(self) -> type[BlogComment]:
        """The real model: the package would build a throw-away one."""
        return BlogComment


class NewsletterForm(forms.Form):
    """How often new posts are mailed, and where; the address only of whom is not known yet."""

    rhythm = forms.ChoiceField(
        label=_("How often"), choices=Rhythm, initial=Rhythm.EACH, widget=forms.RadioSelect()
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Never shown. You get one mail to confirm it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: Any = None, *, is_known: bool, rhythm: str = Rhythm.EACH) -> None:
        """`is_known`: the reader's address is confirmed already; `rhythm` is what he has now."""
        super().__init__(data)
        self.fields["rhythm"].initial = rhythm
        if is_known:
            del self.fields["email"]


class FollowForm(forms.Form):
    """What to follow, and where to send it; the address only of whom is not known yet."""

    scope = forms.ChoiceField(
        label=_("What to be told of"),
        choices=[
            (Scope.POST, _("All new comments on this post")),
            (Scope.THREAD, _("Only this thread")),
        ],
        initial=Scope.POST,
        widget=forms.RadioSelect(),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("Never shown. You get one mail to confirm it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: Any = None, *, is_known: bool, has_thread: bool) -> None:
        """`is_known`: the reader's address is confirmed already; `has_thread`: he came from one."""
        super().__init__(data)
        if is_known:
            del self.fields["email"]
        if has_thread:
            self.fields["scope"].initial = Scope.THREAD
        else:
            del self.fields["scope"]
