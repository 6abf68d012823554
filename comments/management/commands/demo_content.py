"""The demonstration blog, for a first look."""

from typing import Any

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from comments.management.demo.load import NotEmpty, load


class Command(BaseCommand):
    """Fills an empty blog with posts, pages, labels, pictures and comments in every state."""

    help = "Loads the demonstration blog. Only into an empty one: a blog with a post is refused."

    def handle(self, *args: Any, **options: Any) -> None:
        """Everything or nothing; one line for each kind of thing."""
        try:
            load(now=timezone.now(), say=self.stdout.write)
        except NotEmpty:
            raise CommandError(
                "This blog has posts already; the demonstration is loaded only into an empty one, "
                "so nothing was changed."
            ) from None
