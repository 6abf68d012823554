"""Posts and pages in the admin: the list, the writing desk, preview, revisions."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from blog import markup, publishing
from blog.access import may_edit_any, may_publish, may_write
from blog.admin import editor, editor_copies, inspecting, proofing, trash
from blog.admin.overview import Overview
from blog.admin.post_form import TEXT_FIELDS, PostForm, Step, take
from blog.admin.preview import as_readers_see
from blog.admin.revisions import page_of_revisions
from blog.admin.standing import moment_with_zone, saved_words, secret_link, standing
from blog.choices import Audience
from blog.models import Author, Post, PostQuerySet

MAX_TITLE = 500  # characters that proposals for an address look at


@admin.register(Post)
class PostAdmin(Overview):
    """The writing desk. Every change of state goes through blog.publishing."""

    form = PostForm
    autocomplete_fields = ("labels", "original")
    search_fields = ("search_text",)
    ordering = ("-updated_at", "-pk")
    list_per_page = 50
    show_full_result_count = False
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

    def _is_editable(self, request: HttpRequest, post: Post) -> bool:
        return Post.objects.editable_by(request.user).filter(pk=post.pk).exists()

    # --- The list ---

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Post], search_term: str
    ) -> tuple[QuerySet[Post], bool]:
        """Posts with every word in title or text; width and case of letters do not matter."""
        return super().get_search_results(request, queryset, markup.fold(search_term[:200]))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, under a name that says what is in it."""
        context = {"title": gettext("Posts and pages"), **(extra_context or {})}
        return super().changelist_view(request, context)

    # --- The form ---

    def get_form(
        self, request: HttpRequest, obj: Post | None = None, change: bool = False, **kwargs: Any
    ) -> type[PostForm]:
        """The form for this person, with what publishing has refused in this request."""
        base = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", "")
        known = {
            "person": request.user,
            "refusal": refusal,
            "is_saving": getattr(request, "is_saving", False),
            "copy": editor_copies.opened(request),
        }
        return type(base.__name__, (base,), known)

    def get_fieldsets(self, request: HttpRequest, obj: Post | None = None) -> Any:
        """The text in one column; beside it, in order of need, what is said about it."""
        about = ["description", "language", "original"]
        comments = ["comment_policy", "guest_access", "moderation", "comments_close_at"]
        if may_edit_any(request.user):
            about.insert(0, "author")
        publishing_fields = ["step", "publish_time"]
        readers = ["audience", "password"]
        if obj is not None and obj.audience == Audience.LINK:
            readers += ["secret_link", "renews_link"]
        if may_publish(request.user):
            publishing_fields.append("ends_at")
        if may_edit_any(request.user):
            publishing_fields.append("is_pinned")
        form = ["markup"] if obj is None or not obj.line_breaks else ["markup", "line_breaks"]
        return [
            (None, {"fields": ["title", "body", *form], "classes": ["desk-text"]}),
            (_("Publishing"), {"fields": publishing_fields}),
            (_("Labels"), {"fields": ["labels", "new_labels"]}),
            (_("Address"), {"fields": ["kind", "slug"]}),
            *(
                [(_("Readers"), {"fields": [*readers, "is_searchable"], "classes": ["collapse"]})]
                if may_publish(request.user)
                else []
            ),
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
        return ["secret_link", *(["kind"] if has_address else [])]

    @admin.display(description=_("Secret link"))
    def secret_link(self, post: Post) -> SafeString:
        """The whole address, to be copied."""
        return format_html('<a class="desk-secret" href="{0}">{0}</a>', secret_link(post))

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
        request.is_saving = request.method == "POST"  # type: ignore[attr-defined]
        editor_copies.with_chosen_text(request)
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
        key = post.pk if post else 0
        preview = reverse("admin:blog_post_preview", args=[key])
        context |= {
            "preview_address": preview,
            "proposals_address": reverse("admin:blog_post_proposals"),
            "inspection_address": reverse(
                "admin:blog_post_inspection", args=[post.pk if post else 0]
            ),
            "findings": inspecting.findings(context["adminform"].form.instance),
            "editor": editor.context(request, post),
            "waiting": editor_copies.context(request, post, context["adminform"].form),
            "standing": standing(post) if post else None,
            "when": moment_with_zone(post.publish_at) if post and post.publish_at else "",
            "is_old_revision": bool(request.GET.get("revision")),
            "show_save_and_add_another": False,
        }
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["waiting"]["conflict"]:
            response.status_code = 409
        return response

    def view_on_site(self, post: Post) -> str:
        """Where readers find it, or its writers while nobody else does."""
        return post.get_absolute_url()

    def save_model(self, request: HttpRequest, obj: Post, form: PostForm, change: bool) -> None:
        """Saves and does what was chosen."""
        assert isinstance(request.user, User)
        if not change and form.cleaned_data.get("author") is None:
            obj.author = Author.objects.writing_as(request.user)
        form.keep_secrets()
        step = Step(form.cleaned_data["step"])
        take(step, obj, by=request.user, at=form.cleaned_data["publish_time"])
        editor_copies.saved(request)

    def save_related(
        self, request: HttpRequest, form: PostForm, formsets: Any, change: bool
    ) -> None:
        """Files the post under the chosen labels and the new ones."""
        super().save_related(request, form, formsets, change)
        for label in form.cleaned_data["new_labels"]:
            if label.pk is None:
                label.save()
            form.instance.labels.add(label)

    def response_add(
        self, request: HttpRequest, obj: Post, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Says where the text stands now."""
        return self._saved(request, obj) or self.response_post_save_add(request, obj)

    def response_change(self, request: HttpRequest, obj: Post) -> HttpResponse:
        """Says where the text stands now."""
        return self._saved(request, obj) or self.response_post_save_change(request, obj)

    def _saved(self, request: HttpRequest, post: Post) -> HttpResponse | None:
        """Back to the form for who goes on writing; None for who is done."""
        self.message_user(request, saved_words(post), messages.SUCCESS)
        if "_continue" not in request.POST:
            return None
        return HttpResponseRedirect(reverse("admin:blog_post_change", args=[post.pk]))

    # --- Deleting ---

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        """Into the trash, for a while."""
        assert isinstance(request.user, User)
        publishing.trash(obj, by=request.user)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Says where the text is now."""
        words = format_html(
            gettext("“{post}” is in the trash. {link}"),
            post=format_html('<span dir="auto">{}</span>', obj_display),
            link=format_html(
                '<a href="{}">{}</a>', reverse("admin:blog_post_trash"), gettext("Open the trash")
            ),
        )
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:blog_post_changelist"))

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
            path(
                "inspection/<int:key>/",
                view(require_POST(self.inspection)),
                name="blog_post_inspection",
            ),
            path("<int:key>/proof/", view(self.proof), name="blog_post_proof"),
            path("trash/", view(self.trash_page), name="blog_post_trash"),
            path("proposals/", view(require_safe(self.proposals)), name="blog_post_proposals"),
            path("convert/", view(editor.convert), name="blog_post_convert"),
            path("check/", view(editor.check), name="blog_post_check"),
            path("copies/keep/", editor_copies.keep, name="blog_post_copy_keep"),
            path("copies/token/", editor_copies.token, name="blog_post_copy_token"),
            path("copies/look/", view(editor_copies.look), name="blog_post_copy"),
            path("copies/discard/", view(editor_copies.discard), name="blog_post_copy_discard"),
            path("compare/", view(editor_copies.compare_revision), name="blog_post_compare"),
            path("restore/", view(editor_copies.restore_revision), name="blog_post_restore"),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest, key: int) -> HttpResponse:
        """The page that readers would see if the form were saved now. Saves nothing.

        `key` is 0 for a post that was never saved.
        """
        return as_readers_see(self._sent_form(request, key), request)

    def inspection(self, request: HttpRequest, key: int) -> HttpResponse:
        """What the checks say of the form as it is now. Saves nothing; `key` as in preview."""
        return inspecting.panel(request, self._sent_form(request, key))

    def _sent_form(self, request: HttpRequest, key: int) -> PostForm:
        """The form that was sent, for the post with that key, or a new one for 0."""
        post = self.get_object(request, str(key)) if key else None
        if key and post is None:
            raise Http404
        allowed = self.has_change_permission(request, post) if post else may_write(request.user)
        if not allowed:
            raise PermissionDenied
        return self.get_form(request, post, change=bool(post))(request.POST, instance=post)

    def proof(self, request: HttpRequest, key: int) -> HttpResponse:
        """Links for proof-readers of a text, for those who may change it."""
        post = self.get_object(request, str(key))
        if post is None:
            raise Http404
        if not self.has_change_permission(request, post):
            raise PermissionDenied
        return proofing.page(request, post, self._context(request))

    def trash_page(self, request: HttpRequest) -> HttpResponse:
        """What was thrown away, for those who might have done it."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        return trash.page(request, self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}

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
