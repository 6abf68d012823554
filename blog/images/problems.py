"""Why a file can't be taken, in one sentence for the person who sent it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class Unusable(ValidationError):
    """The file can't be taken; carries the sentence."""


def damaged() -> Unusable:
    """The file begins like a picture and does not go on like one."""
    return Unusable(_("This picture is damaged or cut off, so it can't be shown."))
