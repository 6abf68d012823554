"""What tests of mails share."""

from datetime import UTC, datetime

import pytest
import time_machine

from comments import notifications
from comments.models import OutgoingMail


@pytest.fixture(autouse=True)
def _can_mail(can_mail):
    """All of them happen on a blog with a mail server."""


@pytest.fixture
def clock():
    """Ten o'clock, until a test moves it."""
    with time_machine.travel(datetime(2026, 3, 1, 10, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def mail_round():
    """Does what the background part does in one round, but for sending; the mails it wrote."""

    def mail_round():
        before = set(OutgoingMail.objects.values_list("pk", flat=True))
        notifications.announce_due()
        notifications.mail_notices()
        return list(OutgoingMail.objects.exclude(pk__in=before).order_by("pk"))

    return mail_round
