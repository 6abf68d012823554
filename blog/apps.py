"""The lower app and what it connects when Django is ready."""

from django.apps import AppConfig
from django.db.models.signals import (
    m2m_changed,
    post_delete,
    post_migrate,
    post_save,
    pre_delete,
)
from django.utils.translation import gettext_lazy as _


class BlogConfig(AppConfig):
    """Posts, pages, everything a reader reads."""

    name = "blog"
    verbose_name = _("Blog")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connects the receivers that keep derived data true."""
        from django.contrib.auth import get_user_model

        from blog import checks, pagecache, private, receivers
        from blog.models import (
            Author,
            Label,
            MediaItem,
            OldAddress,
            OldLabelName,
            Post,
            PostDocument,
            SiteProfile,
        )
        from blog.search import posts as found_posts

        checks.connect()
        shown = (Post, Post.labels.through, Post.media_items.through, Label, MediaItem)
        for model in (*shown, OldAddress, OldLabelName, SiteProfile, PostDocument):
            pagecache.watch(model)
        pagecache.watch(Author, updates_of=["name", "slug", "about", "user"])
        pagecache.add_private_cookie(private.COOKIE)
        # A log-in writes the account too; what comments show of it is the name.
        pagecache.watch(get_user_model(), updates_of=["username", "first_name", "last_name"])
        pagecache.end_pages_at(receivers.next_turn)
        pagecache.connect()
        found_posts.connect()
        post_save.connect(receivers.index_post, sender=Post)
        m2m_changed.connect(receivers.index_labels_of_posts, sender=Post.labels.through)
        post_save.connect(receivers.index_renamed_label, sender=Label)
        pre_delete.connect(receivers.note_labelled, sender=Label)
        post_delete.connect(receivers.index_deleted_label, sender=Label)
        post_migrate.connect(receivers.install_search, sender=self)
        post_migrate.connect(receivers.watch_tables, sender=self)
        post_migrate.connect(receivers.grant_blog_permissions, sender=self)
        m2m_changed.connect(receivers.keep_staff_flag, sender=get_user_model().groups.through)
        post_save.connect(receivers.keep_media_items, sender=Post)
        post_save.connect(receivers.forget_initial_password, sender=get_user_model())
