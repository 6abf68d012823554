"""The upper app and what it connects when Django is ready."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Guests, threads, moderation."""

    name = "comments"
    verbose_name = _("Comments")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Cuts the package's handler off, connects our receivers, joins imports."""
        from blog import pagecache, waiting
        from comments import engine, found, interchange, receivers, visitors
        from comments.models import BlogComment

        engine.disconnect_package_handler()
        interchange.connect()
        found.connect()
        waiting.told_by(receivers.comments_waiting)
        # A comment's row is spread over three tables: its own and those of its parents.
        pagecache.watch(BlogComment)
        for parent in BlogComment._meta.all_parents:
            pagecache.watch(parent)
        for name in visitors.PERSONAL_COOKIES:
            pagecache.add_private_cookie(name)
        post_migrate.connect(receivers.grant_comment_permissions, sender=self)
