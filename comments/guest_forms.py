"""The small forms of writers and readers: changing a comment, reporting one, reaching one's own."""

from django import forms
from django.utils.translation import gettext_lazy as _

from comments.choices import ReportReason
from comments.forms import text_field


class EditForm(forms.Form):
    """The new text of a comment; what is asked of it is what is asked of a new comment."""

    comment = text_field()


class ReportForm(forms.Form):
    """What is wrong with a comment."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=ReportReason.choices, widget=forms.RadioSelect()
    )
    note = forms.CharField(
        label=_("What the moderators should know"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class LinkForm(forms.Form):
    """Where to send the link to one's own comments."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The one you gave when you wrote."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class EraseForm(forms.Form):
    """What becomes of the texts, and that it is meant."""

    texts = forms.ChoiceField(
        label=_("What you wrote"),
        choices=[
            ("remove", _("Remove the texts too")),
            ("keep", _("Leave the texts, without my name")),
        ],
        initial="remove",
        widget=forms.RadioSelect(),
    )
    meant = forms.BooleanField(
        label=_("Yes, erase it. I know that nobody can bring it back."),
        error_messages={"required": _("Tick this to say that you mean it.")},
    )
