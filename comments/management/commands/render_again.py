"""Makes stored HTML anew after an update that changed how texts are drawn."""

from typing import Any

from django.core.management import BaseCommand
from django.utils.translation import ngettext

from blog import publishing
from comments import editing


class Command(BaseCommand):
    """Renders every text again that an older version has rendered."""

    help = (
        "Makes the stored HTML of posts, pages and comments anew where an older version made it. "
        "No date changes, no revision is kept, nobody gets a mail; a second run finds nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for posts and pages, one for comments."""
        posts = publishing.render_again()
        self.stdout.write(
            ngettext(
                "%(count)d post was rendered again.", "%(count)d posts were rendered again.", posts
            )
            % {"count": posts}
        )
        comments = editing.render_again()
        self.stdout.write(
            ngettext(
                "%(count)d comment was rendered again.",
                "%(count)d comments were rendered again.",
                comments,
            )
            % {"count": comments}
        )
