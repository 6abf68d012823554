"""The media library in the admin: the grid, one item, and what can be done with it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from blog import images
from blog.admin import media_json
from blog.admin.standing import standing
from blog.images.reading import CONTENT_TYPES
from blog.images.uploads import refused_files
from blog.models import MediaItem, Post

PER_PAGE = 48  # full rows of two, three, four, six and eight
MAX_QUERY_LENGTH = 200
ACCEPTED = ",".join(CONTENT_TYPES.values())

FILTERS = {
    "": _("All"),
    "without-text": _("Without alternative text"),
    "unused": _("Unused"),
}


class MediaItemForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """The words about a picture."""

    class Meta:
        model = MediaItem
        fields = ("alternative_text", "is_decorative", "title", "caption")
        widgets = {
            "alternative_text": forms.Textarea(attrs={"rows": 3}),
            "caption": forms.Textarea(attrs={"rows": 2}),
        }

    def clean(self) -> dict[str, Any]:
        """Refuses a decoration that says something: a screen reader gets one or the other."""
        words = super().clean() or self.cleaned_data
        if words.get("is_decorative") and words.get("alternative_text"):
            raise ValidationError(
                {"is_decorative": _("A picture with an alternative text is no decoration.")}
            )
        return words


@dataclass(frozen=True, slots=True)
class UseRow:
    """One thing that shows an item, as the page of the item lists it."""

    kind: str
    title: str
    address: str  # where it is changed; "" when nowhere
    standing: str  # a word for styles; "" for what has no state
    standing_words: Any


def use_row(row: Model, *, request: HttpRequest) -> UseRow:
    """What is said of `row` in the list of uses."""
    options = row._meta
    try:
        address = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        address = ""
    name, words = standing(row) if isinstance(row, Post) else ("", "")
    kind = row.get_kind_display() if isinstance(row, Post) else options.verbose_name
    return UseRow(str(kind), str(row), address, name, words)


@admin.register(MediaItem)
class MediaItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Pages of its own: a list of names would say nothing of pictures."""

    # --- Who may what ---

    def has_change_permission(self, request: HttpRequest, obj: MediaItem | None = None) -> bool:
        """Editors every item, authors what they brought."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or self._is_editable(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: MediaItem | None = None) -> bool:
        """Editors every item, authors what they brought."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or self._is_editable(request, obj))

    def _is_editable(self, request: HttpRequest, item: MediaItem) -> bool:
        return MediaItem.objects.editable_by(request.user).filter(pk=item.pk).exists()

    def _item(self, request: HttpRequest, key: int) -> MediaItem:
        """The item with that key.

        Raises:
            PermissionDenied: the person has no business in the library.
            Http404: there is none that he may see.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        items = MediaItem.objects.visible_to(request.user).select_related("uploader")
        return get_object_or_404(items, pk=key if key < 2**63 else None)

    # --- Addresses ---

    def get_urls(self) -> list[URLPattern]:
        """Stock names where the stock admin links to them."""
        view = self.admin_site.admin_view
        name = "blog_mediaitem_{}".format
        return [
            path("", view(self.grid), name=name("changelist")),
            path("add/", view(self.add), name=name("add")),
            path("upload/", media_json.upload, name=name("upload")),
            path("picker/", media_json.picker, name=name("picker")),
            path("<int:key>/change/", view(self.change), name=name("change")),
            path("<int:key>/replace/", view(require_POST(self.replace)), name=name("replace")),
            path("<int:key>/delete/", view(self.delete), name=name("delete")),
        ]

    def _page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "accepted": ACCEPTED,
            "may_add": self.has_add_permission(request),
            **context,
        }
        return TemplateResponse(
            request, f"admin/blog/mediaitem/{template}.html", context, status=status
        )

    # --- Pages ---

    def grid(self, request: HttpRequest) -> HttpResponse:
        """The items, newest first, with search and filters. One query for them all."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        words = request.GET.get("q", "").strip()[:MAX_QUERY_LENGTH]
        chosen = request.GET.get("show", "")
        items = MediaItem.objects.visible_to(request.user).matching(words).newest_first()
        if chosen == "without-text":
            items = items.without_text()
        elif chosen == "unused":
            items = items.unused()
        else:
            chosen = ""
        before = request.GET.get("before", "")
        if before.isascii() and before.isdecimal() and len(before) < 19:
            items = items.filter(pk__lt=int(before))
        else:
            before = ""
        found = list(items[: PER_PAGE + 1])
        shown = found[:PER_PAGE]
        query = {name: value for name, value in (("q", words), ("show", chosen)) if value}
        last = {"before": shown[-1].pk} if len(found) > PER_PAGE else None
        context = {
            "title": gettext("Media library"),
            "items": shown,
            "query": words,
            "chosen": chosen,
            "filters": [
                (label, f"?{urlencode({**({'q': words} if words else {}), 'show': name})}", name)
                for name, label in FILTERS.items()
            ],
            "newest_url": f"?{urlencode(query)}" if before else "",
            "older_url": f"?{urlencode({**query, **last})}" if last else "",
            "is_narrowed": bool(words or chosen),
        }
        return self._page(request, "change_list", context)

    def add(self, request: HttpRequest) -> HttpResponse:
        """Takes the files of a plain form, several at once; each refusal is said with its name."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        user: Any = request.user
        if request.method != "POST":
            return self._page(request, "add", {"title": gettext("Upload pictures")})
        done = 0
        for file in request.FILES.getlist("file"):
            try:
                images.add(file, name=file.name or "", by=user)
            except images.Unusable as error:
                self._say(request, file.name, error.messages[0])
            else:
                done += 1
        for name in refused_files(request):
            self._say(request, name, images.too_large().messages[0])
        if done:
            words = ngettext(
                "%(count)d picture is in the library.",
                "%(count)d pictures are in the library.",
                done,
            )
            self.message_user(request, words % {"count": done}, messages.SUCCESS)
        elif not request.FILES and not refused_files(request):
            self.message_user(request, _("Choose a file first."), messages.WARNING)
        return HttpResponseRedirect(reverse("admin:blog_mediaitem_changelist"))

    def _say(self, request: HttpRequest, name: str | None, sentence: str) -> None:
        self.message_user(request, format_html("“{}”: {}", name or "–", sentence), messages.ERROR)

    def change(self, request: HttpRequest, key: int) -> HttpResponse:
        """One item: the picture, its words, where it is used."""
        item = self._item(request, key)
        may_change = self.has_change_permission(request, item)
        form = MediaItemForm(request.POST if request.method == "POST" else None, instance=item)
        status = 200
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if form.is_valid():
                images.describe(item)
                self.message_user(request, _("The words about it are saved."), messages.SUCCESS)
                return HttpResponseRedirect(request.path)
            status = 422
            item.refresh_from_db()
        uses = images.uses_of(item, seen_by=request.user)
        context = {
            "title": str(item),
            "item": item,
            "form": form,
            "may_change": may_change,
            "uses": [use_row(row, request=request) for row in uses.shown],
            "hidden_count": uses.hidden_count,
            "use_count": uses.count,
            "copies": item.made_renditions,
        }
        return self._page(request, "change_form", context, status=status)

    def replace(self, request: HttpRequest, key: int) -> HttpResponse:
        """Puts another picture into the place of the item's own."""
        item = self._item(request, key)
        if not self.has_change_permission(request, item):
            raise PermissionDenied
        file = request.FILES.get("file")
        if refused_files(request):
            self.message_user(request, images.too_large().messages[0], messages.ERROR)
        elif file is None:
            self.message_user(request, _("Choose a file first."), messages.WARNING)
        else:
            try:
                images.replace(item, file)
            except images.Unusable as error:
                self.message_user(request, error.messages[0], messages.ERROR)
            else:
                words = _("Replaced. Every page that shows it has the new picture.")
                self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:blog_mediaitem_change", args=[item.pk]))

    def delete(self, request: HttpRequest, key: int) -> HttpResponse:
        """Asks once, and says what will miss the picture."""
        item = self._item(request, key)
        if not self.has_delete_permission(request, item):
            raise PermissionDenied
        if request.method == "POST":
            name = str(item)
            images.remove(item)
            words = gettext("“%(name)s” is deleted.") % {"name": name}
            self.message_user(request, words, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:blog_mediaitem_changelist"))
        uses = images.uses_of(item, seen_by=request.user)
        context = {
            "title": gettext("Delete a picture"),
            "item": item,
            "uses": [use_row(row, request=request) for row in uses.shown],
            "hidden_count": uses.hidden_count,
            "use_count": uses.count,
        }
        return self._page(request, "delete", context)
