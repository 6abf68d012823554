"""Counts comments and likes anew, and says what was wrong."""

from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import ngettext

from comments import moderation, reactions


class Command(BaseCommand):
    """Makes the stored counts of comments and likes true again."""

    help = (
        "Counts the comments of every post and the likes of every comment anew. "
        "They are kept exact all the time; after work on the database by hand this repairs them."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each kind of count."""
        posts = moderation.rebuild_counts()
        self.stdout.write(
            ngettext("%(count)d post was wrong.", "%(count)d posts were wrong.", posts)
            % {"count": posts}
        )
        comments = reactions.rebuild_counts()
        self.stdout.write(
            ngettext("%(count)d comment was wrong.", "%(count)d comments were wrong.", comments)
            % {"count": comments}
        )
