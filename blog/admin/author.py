"""Authors in the admin: the names under posts."""

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blog.models import Author
from blog.models.author import AuthorQuerySet


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Names, with the account that writes as each."""

    fields = ("name", "about", "user")
    list_display = ("name", "user", "post_count")
    list_select_related = ("user",)
    search_fields = ("name",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> AuthorQuerySet:
        """All authors, with the number of their posts and pages."""
        return Author.objects.annotate(post_count=Count("posts"))

    def get_readonly_fields(self, request: HttpRequest, obj: Author | None = None) -> list[str]:
        """Who may write as whom is the owner's to say: it decides who may change which posts."""
        return [] if request.user.has_perm("auth.change_user") else ["user"]

    @admin.display(description=_("posts and pages"), ordering="post_count")
    def post_count(self, author: Author) -> int:
        """Drafts included."""
        return int(author.post_count)  # type: ignore[attr-defined]
