"""The form of the writing desk: one post or page, and what is to become of it."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog import publishing, working_copies
from blog.access import Person, may_publish
from blog.admin.standing import StandingFields, in_utc, local_time, moment
from blog.choices import State
from blog.models import Author, Label, Post, SiteProfile, WorkingCopy

# What a revision keeps for its return: the text. Where the post stands is not a matter of text.
TEXT_FIELDS = ("title", "body", "markup", "line_breaks", "language", "description")


class Step(models.TextChoices):
    """What a saved form does with the post's state; the words depend on where it stands."""

    KEEP = "keep"
    NOW = "now"
    AT = "at"
    DRAFT = "draft"
    WITHDRAW = "withdraw"


def steps(post: Post, person: Person) -> list[tuple[str, str]]:
    """What `person` can do with `post`, the harmless first, in words."""
    keep = {
        State.DRAFT: gettext("Save as a draft"),
        State.WITHDRAWN: gettext("Save, and leave it withdrawn"),
    }.get(State(post.state), gettext("Save, and leave it published"))
    if post.is_scheduled and post.publish_at is not None:
        keep = gettext("Save, and publish on %(when)s as planned") % {
            "when": moment(post.publish_at)
        }
    if not may_publish(person):
        return [(Step.KEEP, keep)]
    now = (Step.NOW, gettext("Publish now"))
    if post.publish_at is not None and post.publish_at <= timezone.now():
        words = gettext("Publish again, dated %(when)s") % {"when": moment(post.publish_at)}
        now = (Step.NOW, words)
    at = (Step.AT, gettext("Publish at another time, ahead or back"))
    back = (Step.DRAFT, gettext("Make it a draft again"))
    if post.is_scheduled:
        return [(Step.KEEP, keep), now, at, back]
    if post.is_live:
        withdraw = (Step.WITHDRAW, gettext("Withdraw it: readers no longer find it"))
        return [(Step.KEEP, keep), at, back, withdraw]
    return [(Step.KEEP, keep), now, at]


def take(step: Step, post: Post, *, by: User, at: datetime | None) -> None:
    """Saves `post` and does what was chosen.

    Raises:
        publishing.NotReady: it can't be published as it is.
    """
    match step:
        case Step.NOW:
            was_out = post.publish_at is not None and post.publish_at <= timezone.now()
            publishing.publish(post, by=by, at=None if was_out else timezone.now())
        case Step.AT:
            publishing.publish(post, by=by, at=at)
        case Step.DRAFT:
            publishing.revert_to_draft(post, by=by)
        case Step.WITHDRAW:
            publishing.withdraw(post, by=by)
        case Step.KEEP:
            publishing.save(post, by=by)


def languages(current: str) -> list[tuple[str, str]]:
    """Languages to choose from, those of the blog first, `current` always among them."""
    own = [(code, name) for code, name in settings.LANGUAGES]
    known = {code: info["name_local"] for code, info in LANG_INFO.items() if "name_local" in info}
    others = sorted(
        ((code, name) for code, name in known.items() if code not in dict(own)),
        key=lambda pair: pair[1].casefold(),
    )
    if current and current not in known:
        others.append((current, current))
    return [("", gettext("Language of the blog")), *own, *others]


class PostForm(StandingFields):
    """Everything about a post, and one choice of what happens when it is saved."""

    # Set by the admin for each request.
    person: Person
    refusal = ""
    is_saving = False  # not for a preview, which may show anything
    copy: WorkingCopy | None = None
    conflict: working_copies.Conflict | None = None

    # Which open form this is, and which text it began with: see blog.working_copies.
    copy_key = forms.CharField(
        required=False, max_length=working_copies.MAX_KEY_CHARS, widget=forms.HiddenInput
    )
    base_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    new_labels = forms.CharField(
        label=_("New labels"),
        required=False,
        max_length=1_000,
        help_text=_("Separated by commas."),
    )
    comments_close_at = local_time(_("Close comments at"))
    step = forms.ChoiceField(label=_("When saved"), widget=forms.RadioSelect)
    publish_time = local_time(_("Time"))

    class Meta:
        model = Post
        # All that a form can hold; the admin shows those that the person may change.
        fields = (
            "kind",
            *TEXT_FIELDS,
            "original",
            "author",
            "labels",
            "slug",
            "ends_at",
            "is_pinned",
            "audience",
            "is_searchable",
            "comment_policy",
            "guest_access",
            "moderation",
            "comments_close_at",
            "place_name",
            "latitude",
            "longitude",
        )
        widgets = {
            "title": forms.TextInput(attrs={"class": "desk-title", "autocomplete": "off"}),
            "body": forms.Textarea(attrs={"class": "desk-body", "rows": 22}),
            "markup": forms.RadioSelect,
            "kind": forms.RadioSelect,
            "audience": forms.RadioSelect,
            "comment_policy": forms.RadioSelect,
            "description": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fits the choices to where the post stands and to who asks. Whoever may only look has
        none of these fields.
        """
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._begin()
        if "step" in self.fields:
            self._offer_steps()
        self.offer_standing()
        for name in {"guest_access", "moderation"} & set(self.fields):
            choices = self.fields[name].choices  # type: ignore[attr-defined]
            self.fields[name].choices = [  # type: ignore[attr-defined]
                ("", gettext("As on the whole blog")),
                *(choice for choice in choices if choice[0]),
            ]
        if "language" in self.fields:
            self.fields["language"].widget = forms.Select(
                choices=languages(self.initial.get("language", ""))
            )
        if "author" in self.fields:
            self.fields["author"].required = False
            if self.instance.author_id is None:
                self.initial.setdefault("author", Author.objects.of(self.person).first())
        if "original" in self.fields:
            readable = Post.objects.visible_to(self.person)
            kept = Post.objects.filter(pk=self.instance.original_id)
            self.fields["original"].queryset = readable | kept  # type: ignore[attr-defined]
        if "slug" in self.fields:
            self.fields["slug"].help_text = _("Left empty, it is made from the title.")

    def _begin(self) -> None:
        """With the text that is saved, or with one that waited."""
        copy = self.copy
        self.initial["copy_key"] = copy.key if copy else uuid.uuid4().hex
        self.initial["base_revision"] = (
            copy.base_revision if copy else working_copies.current_revision(self.instance)
        )
        if copy is not None:
            self.initial.update(working_copies.taken(copy.fields))

    def _offer_steps(self) -> None:
        zone = SiteProfile.current().time_zone
        step, time = self.fields["step"], self.fields["publish_time"]
        assert isinstance(step, forms.ChoiceField)
        step.choices = steps(self.instance, self.person)
        step.initial = Step.KEEP
        time.initial = self.instance.publish_at
        time.help_text = _("Time in %(zone)s.") % {"zone": zone}
        time.widget.attrs["data-zone"] = zone
        if len(step.choices) == 1:
            time.widget = time.hidden_widget()
            time.help_text = ""

    def clean_new_labels(self) -> list[Label]:
        """The labels that were typed: those that exist, whatever their case, and new ones."""
        text = self.cleaned_data["new_labels"].replace("，", ",")
        names = [" ".join(name.split()) for name in text.split(",")]
        found: dict[str, Label] = {}
        for name in filter(None, names):
            label = Label.objects.filter(name__iexact=name).first() or Label(name=name)
            label.full_clean(validate_unique=False)
            found.setdefault(name.casefold(), label)
        return list(found.values())

    def clean_publish_time(self) -> datetime | None:
        """The time, or None; refuses what no calendar holds once it is moved to UTC."""
        return in_utc(self.cleaned_data["publish_time"])

    def clean_body(self) -> str:
        """The text with the line ends it was written with: browsers send others."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean_author(self) -> Author | None:
        """Left empty, it stays who it was; a new post gets whoever writes it when it is saved."""
        author: Author | None = self.cleaned_data["author"]
        return author or (self.instance.author if self.instance.author_id else None)

    def clean(self) -> dict[str, Any]:
        """A chosen time needs a time; and what publishing refused a moment ago is said here."""
        values = super().clean() or self.cleaned_data
        if values.get("step") == Step.AT and not (
            values.get("publish_time") or "publish_time" in self.errors
        ):
            self.add_error("publish_time", _("Say when."))
        is_moved = values.get("step") == Step.AT
        self.check_standing(values.get("publish_time") if is_moved else self.instance.publish_at)
        if self.refusal:
            raise ValidationError(self.refusal)
        if self.is_saving and self.instance.pk and not self.errors:
            self._meet(values)
        return values

    def _meet(self, values: dict[str, Any]) -> None:
        """Refuses to write over what somebody saved meanwhile; both texts are put together."""
        words = working_copies.taken(values)
        base = values.get("base_revision")
        self.conflict = working_copies.conflict(self.instance, words, base_revision=base)
        if self.conflict is None:
            return
        assert isinstance(self.person, User)
        # Kept apart too: whatever is chosen on the next page, this text can be had again.
        key = values.get("copy_key") or uuid.uuid4().hex
        working_copies.keep(self.person, key, words, post=self.instance, base_revision=base)
        data: Any = self.data
        data = data.copy()
        data["body"], data["title"] = self.conflict.merged.text, self.conflict.merged_title
        data["base_revision"], data["copy_key"] = str(self.conflict.revision), key
        self.data = data
        self.add_error(None, _("Somebody else has saved this post while you were writing."))
