"""Posts and pages in the admin: the list, the writing desk, preview, revisions."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from blog import markup, publishing
from blog.access import may_edit_any, may_publish, may_write
from blog.admin.post_form import TEXT_FIELDS, PostForm, Step, moment, take
from blog.admin.preview import as_readers_see
from blog.admin.revisions import page_of_revisions
from blog.choices import State
from blog.models import Author, Post, PostQuerySet

MAX_TITLE = 500  # characters that proposals for an address look at


class StandingFilter(admin.SimpleListFilter):
    """Where posts stand, in the words of the blog."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The four states of a post."""
        return [
            ("draft", _("Draft")),
            ("scheduled", _("Scheduled")),
            ("live", _("Live")),
            ("withdrawn", _("Withdrawn")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """The posts that stand there."""
        assert isinstance(queryset, PostQuerySet)
        chosen: dict[str | None, Callable[[], PostQuerySet]] = {
            "draft": queryset.drafts,
            "scheduled": queryset.scheduled,
            "live": queryset.live,
            "withdrawn": queryset.withdrawn,
        }
        return chosen[self.value()]() if self.value() in chosen else queryset


class PostList(ChangeList):
    """The list, without the columns that are only read on other pages."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet[Post]:
        """With authors and labels: one query for all labels, none per row."""
        posts = super().get_queryset(*args, **kwargs)
        assert isinstance(posts, PostQuerySet)
        return posts.for_cards()


def standing(post: Post) -> tuple[str, Any]:
    """Where `post` stands: a word for code and styles, and one for people."""
    if post.is_live:
        return "live", _("Live")
    if post.is_scheduled:
        return "scheduled", _("Scheduled")
    return str(post.state), State(post.state).label


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """The writing desk. Every change of state goes through blog.publishing."""

    form = PostForm
    autocomplete_fields = ("labels", "original")
    list_display = ("name", "state_in_words", "published", "author", "label_names", "comments")
    list_filter = (StandingFilter, "kind", "author")
    search_fields = ("search_text",)
    ordering = ("-updated_at", "-pk")
    list_per_page = 50
    show_full_result_count = False
    actions = ("publish", "withdraw", "revert_to_draft")
    change_form_template = "admin/blog/post/change_form.html"

    # --- Who may what ---

    def get_queryset(self, request: HttpRequest) -> PostQuerySet:
        """What the person writes or edits; for moderators, who do neither, what they may read."""
        if may_write(request.user):
            return Post.objects.managed_by(request.user)
        return Post.objects.visible_to(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Whoever may see the list may see what stands in it."""
        allowed = super().has_view_permission(request, obj)
        return allowed and (obj is None or self.get_queryset(request).filter(pk=obj.pk).exists())

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Editors every post, authors their own, contributors their own drafts."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self._is_editable(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """Editors every post, authors their own, contributors their own drafts."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or self._is_editable(request, obj))

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether the actions on the list are offered."""
        return may_publish(request.user)

    def _is_editable(self, request: HttpRequest, post: Post) -> bool:
        return Post.objects.editable_by(request.user).filter(pk=post.pk).exists()

    # --- The list ---

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Post], search_term: str
    ) -> tuple[QuerySet[Post], bool]:
        """Posts with every word in title or text; width and case of letters do not matter."""
        return super().get_search_results(request, queryset, markup.fold(search_term[:200]))

    def get_list_filter(self, request: HttpRequest) -> Any:
        """An author sees one author's posts, so there is nobody to choose."""
        if may_edit_any(request.user):
            return self.list_filter
        return [one for one in self.list_filter if one != "author"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under a name that says what is in it."""
        context = {"title": gettext("Posts and pages"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PostList]:
        """Rows as the list shows them."""
        return PostList

    @admin.display(description=_("title"), ordering="title")
    def name(self, post: Post) -> SafeString:
        """The title, and whether it is a page."""
        if not post.is_page:
            return format_html('<span dir="auto">{}</span>', post)
        return format_html(
            '<span dir="auto">{}</span> <span class="mark">{}</span>', post, _("Page")
        )

    @admin.display(description=_("state"), ordering="state")
    def state_in_words(self, post: Post) -> SafeString:
        """Draft, scheduled, live or withdrawn."""
        name, words = standing(post)
        return format_html('<span class="mark" data-standing="{}">{}</span>', name, words)

    @admin.display(description=_("published at"), ordering="publish_at", empty_value="–")
    def published(self, post: Post) -> str | None:
        """In the blog's zone."""
        return moment(post.publish_at) if post.publish_at is not None else None

    @admin.display(description=_("labels"), empty_value="–")
    def label_names(self, post: Post) -> str | None:
        """Their names."""
        return ", ".join(label.name for label in post.labels.all()) or None

    @admin.display(description=_("comments"), ordering="comment_count")
    def comments(self, post: Post) -> int:
        """How many readers see."""
        return post.comment_count

    # --- Actions ---

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Publishes each; what is not ready is named and stays."""
        self._each(request, queryset, lambda post, by: take(Step.NOW, post, by=by, at=None))

    @admin.action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Takes each back."""
        self._each(request, queryset, lambda post, by: publishing.withdraw(post, by=by))

    @admin.action(description=_("Make a draft again"), permissions=["publish"])
    def revert_to_draft(self, request: HttpRequest, queryset: PostQuerySet) -> None:
        """Makes each a draft."""
        self._each(request, queryset, lambda post, by: publishing.revert_to_draft(post, by=by))

    def _each(
        self, request: HttpRequest, posts: PostQuerySet, act: Callable[[Post, User], object]
    ) -> None:
        assert isinstance(request.user, User)
        done = 0
        for post in posts.editable_by(request.user):
            try:
                act(post, request.user)
            except publishing.NotReady as error:
                message = format_html("{}: {}", post, error.message)
                self.message_user(request, message, messages.WARNING)
            else:
                done += 1
        words = ngettext("%(count)s post was changed.", "%(count)s posts were changed.", done)
        self.message_user(request, words % {"count": done}, messages.SUCCESS)

    # --- The form ---

    def get_form(
        self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs: Any
    ) -> type[PostForm]:
        """The form for this person, with what publishing has refused in this request."""
        base = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", "")
        return type(base.__name__, (base,), {"person": request.user, "refusal": refusal})

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        """The text in one column; beside it, in order of need, what is said about it."""
        about = ["description", "language", "original"]
        comments = ["comment_policy", "guest_access", "moderation", "comments_close_at"]
        if may_edit_any(request.user):
            about.insert(0, "author")
        form = ["markup"] if obj is None or not obj.line_breaks else ["markup", "line_breaks"]
        return [
            (None, {"fields": ["title", "body", *form], "classes": ["desk-text"]}),
            (_("Publishing"), {"fields": ["step", "publish_time"]}),
            (_("Labels"), {"fields": ["labels", "new_labels"]}),
            (_("Address"), {"fields": ["kind", "slug"]}),
            (_("About this text"), {"fields": about, "classes": ["collapse"]}),
            (_("Comments"), {"fields": comments, "classes": ["collapse"]}),
            (
                _("Place"),
                {"fields": ["place_name", "latitude", "longitude"], "classes": ["collapse"]},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> list[str]:
        """What has an address stays what it is."""
        has_address = obj is not None and bool(obj.address_month or (obj.is_page and obj.slug))
        return ["kind"] if has_address else []

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Post | None:
        """The post; with `?revision=` its text is that of an earlier revision, not saved yet."""
        post: Post | None = super().get_object(request, object_id, from_field)
        number = request.GET.get("revision", "")
        if post is not None and number.isascii() and number.isdecimal() and len(number) < 19:
            revision = post.revisions.filter(pk=int(number)).first()  # type: ignore[attr-defined]
            for name in TEXT_FIELDS if revision is not None else ():
                setattr(post, name, getattr(revision, name))
        return post

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form. What publishing refuses is said on it, with all that was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except publishing.NotReady as error:
            request.refusal = error.message  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Adds where the post stands, and the addresses its script asks."""
        post: Post | None = kwargs.get("obj")
        preview = reverse("admin:blog_post_preview", args=[post.pk] if post else [0])
        context |= {
            "preview_address": preview,
            "proposals_address": reverse("admin:blog_post_proposals"),
            "standing": standing(post) if post else None,
            "is_old_revision": bool(request.GET.get("revision")),
            "show_save_and_add_another": False,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def view_on_site(self, post: Post) -> str:
        """Where readers find it, or its writers while nobody else does."""
        return post.get_absolute_url()

    def save_model(self, request: HttpRequest, obj: Post, form: PostForm, change: bool) -> None:
        """Saves and does what was chosen."""
        assert isinstance(request.user, User)
        if not change and form.cleaned_data.get("author") is None:
            obj.author = Author.objects.writing_as(request.user)
        step = Step(form.cleaned_data["step"])
        take(step, obj, by=request.user, at=form.cleaned_data["publish_time"])

    def save_related(
        self, request: HttpRequest, form: PostForm, formsets: Any, change: bool
    ) -> None:
        """Files the post under the chosen labels and the new ones."""
        super().save_related(request, form, formsets, change)
        for label in form.cleaned_data["new_labels"]:
            if label.pk is None:
                label.save()
            form.instance.labels.add(label)

    # --- Deleting ---

    def get_deleted_objects(
        self, objs: Iterable[Post], request: HttpRequest
    ) -> tuple[list[str], dict[Any, int], set[Any], list[Any]]:
        """The posts by title and their comments as one number: there may be thousands."""
        posts = list(objs)
        comments = sum(post.comment_count for post in posts)
        counts = {self.opts.verbose_name_plural: len(posts)}
        if comments:
            counts[_("comments")] = comments
        return [str(post) for post in posts], counts, set(), []

    # --- Further addresses ---

    def get_urls(self) -> list[URLPattern]:
        """The stock ones, preview and proposals."""
        view = self.admin_site.admin_view
        own = [
            path("preview/<int:key>/", view(require_POST(self.preview)), name="blog_post_preview"),
            path("proposals/", view(require_safe(self.proposals)), name="blog_post_proposals"),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest, key: int) -> HttpResponse:
        """The page that readers would see if the form were saved now. Saves nothing.

        `key` is 0 for a post that was never saved.
        """
        post = self.get_object(request, str(key)) if key else None
        if key and post is None:
            raise Http404
        allowed = self.has_change_permission(request, post) if post else may_write(request.user)
        if not allowed:
            raise PermissionDenied
        form = self.get_form(request, post, change=bool(post))(request.POST, instance=post)
        return as_readers_see(form, request)

    def proposals(self, request: HttpRequest) -> HttpResponse:
        """Addresses for `?title=`, best first, as JSON."""
        if not may_write(request.user):
            raise PermissionDenied
        title = request.GET.get("title", "")[:MAX_TITLE].strip()
        language = request.GET.get("language", "")[:20]
        found = markup.slug_proposals(title, language=language) if title else []
        return JsonResponse({"proposals": found})

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The revisions of a post that still exists; each opens the form with its text."""
        post = self.get_object(request, object_id)
        if post is None:
            raise Http404
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        revisions, page = page_of_revisions(post, request.GET.get("p", "1"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Revisions"),
            "subtitle": str(post),
            "opts": self.opts,
            "post": post,
            "revisions": revisions,
            "page": page,
        }
        return TemplateResponse(request, "admin/blog/post/revisions.html", context)
