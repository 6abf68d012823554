"""How long a text is there and who may read it: fields of its form, and words for a saved one."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog import addresses, private
from blog.choices import Audience, State
from blog.models import Post, SiteProfile

MAX_PASSWORD_CHARS = 128


def moment(at: datetime) -> str:
    """Day and time in the blog's zone, short and the same in every language."""
    local = timezone.localtime(at)
    return f"{local.year:04d}-{local:%m-%d %H:%M}"


def moment_with_zone(at: datetime) -> str:
    """The time in the blog's zone and in UTC; once where the two are the same."""
    zone = SiteProfile.current().time_zone
    utc = at.astimezone(UTC)
    in_utc = f"{utc.year:04d}-{utc:%m-%d %H:%M} UTC"
    if zone == "UTC":
        return in_utc
    return gettext("%(when)s in %(zone)s, %(utc)s") % {
        "when": moment(at),
        "zone": zone,
        "utc": in_utc,
    }


def local_time(label: Any) -> forms.DateTimeField:
    """A field for a moment in the blog's zone, with the browser's own calendar."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget)


def in_utc(at: datetime | None) -> datetime | None:
    """The moment in UTC, or None.

    Raises:
        ValidationError: no calendar holds it there.
    """
    try:
        return at.astimezone(UTC) if at is not None else None
    except OverflowError:
        raise ValidationError(_("The calendar begins with the year 1.")) from None


class StandingFields(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """When a text ends, who may read it, and what opens it."""

    ends_at = local_time(_("Ends at"))
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=MAX_PASSWORD_CHARS,
        strip=False,
        # Not hidden while it is typed: it is for telling others, and nobody's log-in.
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    renews_link = forms.BooleanField(
        label=_("Make a new secret link; the old one ends"), required=False
    )

    def offer_standing(self) -> None:
        """Fits the fields to the text, and to who may see them."""
        if "ends_at" in self.fields:
            zone = SiteProfile.current().time_zone
            self.fields["ends_at"].help_text = _(
                "Then readers are told that it is gone. Time in %(zone)s."
            ) % {"zone": zone}
        if "audience" in self.fields:
            self.fields["audience"].required = False
        if "password" in self.fields and self.instance.password_hash:
            self.fields["password"].help_text = _("Left empty, the one it has stays.")

    def clean_audience(self) -> str:
        """Who may read it; left out, who could before."""
        return str(self.cleaned_data["audience"] or self.instance.audience)

    def clean_ends_at(self) -> datetime | None:
        """The end, or None."""
        return in_utc(self.cleaned_data["ends_at"])

    def check_standing(self, begins_at: datetime | None) -> None:
        """Says what does not go together."""
        values = self.cleaned_data
        ends_at = values.get("ends_at")
        if ends_at is not None and begins_at is not None and ends_at <= begins_at:
            self.add_error("ends_at", _("It would end before it begins."))
        needs_password = values.get("audience") == Audience.PASSWORD
        if needs_password and not (values.get("password") or self.instance.password_hash):
            self.add_error("password", _("Say which password opens it."))

    def keep_secrets(self) -> None:
        """Gives the text its password and its link. Saves nothing."""
        if self.cleaned_data.get("password"):
            self.instance.set_password(self.cleaned_data["password"])
        if self.cleaned_data.get("renews_link"):
            self.instance.renew_link()


def standing(post: Post) -> tuple[str, Any]:
    """Where `post` stands: a word for code and styles, and one for people."""
    if post.is_trashed:
        return "trashed", _("In the trash")
    if post.is_scheduled:
        return "scheduled", _("Scheduled")
    if post.state == State.PUBLISHED and post.has_ended:
        return "ended", _("Ended")
    if post.is_readable:
        return ("private", _("Private")) if post.is_private else ("live", _("Live"))
    return str(post.state), State(post.state).label


def saved_words(post: Post) -> str:
    """What has become of `post`, for the person who has just saved it."""
    name = format_html('<span dir="auto">{}</span>', post)
    where = private.link(post) if post.audience == Audience.LINK else post.get_absolute_url()
    link = format_html('<a href="{}">{}</a>', where, gettext("Open it"))
    words = {
        "scheduled": gettext("“{post}” is scheduled for {when}."),
        "live": gettext("“{post}” is live. {link}"),
        "private": gettext("“{post}” is published, and private. {link}"),
        "ended": gettext("“{post}” is saved. It has ended: readers no longer find it."),
        "withdrawn": gettext("“{post}” is saved, and withdrawn: readers do not find it."),
    }.get(standing(post)[0], gettext("“{post}” is saved as a draft."))
    when = moment_with_zone(post.publish_at) if post.publish_at else ""
    return format_html(words, post=name, link=link, when=when)


def secret_link(post: Post) -> str:
    """The whole address of the secret link, to be copied."""
    return addresses.absolute(private.link(post))
