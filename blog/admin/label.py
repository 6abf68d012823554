"""Labels in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from blog import labelling
from blog.models import Label
from blog.models.label import LabelQuerySet


class LabelForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """A label's name and description."""

    def clean_name(self) -> str:
        """Refuses a name that another label has but for its case: readers would see twins."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        twin = Label.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).first()
        if twin is not None:
            raise ValidationError(_("There is a label “%(name)s” already."), params={"name": twin})
        return name


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Labels with the number of live posts under each. A renamed label keeps its posts, and its
    old address leads to the new one; so does that of a label that was merged into another.
    """

    form = LabelForm
    fields = ("name", "description")
    list_display = ("name", "post_count", "on_site")
    search_fields = ("name",)
    ordering = ("name",)
    list_per_page = 100
    actions = ("merge",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> LabelQuerySet:
        """All labels; counted where the list shows it."""
        labels = Label.objects.all()
        match = request.resolver_match
        is_list = match is not None and match.url_name == "blog_label_changelist"
        return labels.with_post_count() if is_list else labels

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        """The labels alone: the rows that tie them to posts have no name that says anything."""
        found: Any = super().get_deleted_objects(objs, request)
        tree, counts, missing, protected = found
        own_name = self.opts.verbose_name_plural
        return (
            [item for item in tree if not isinstance(item, list)],
            {name: count for name, count in counts.items() if name == own_name},
            missing,
            protected,
        )

    def save_model(self, request: HttpRequest, obj: Label, form: Any, change: bool) -> None:
        """Saves it; a name that it had before redirects."""
        if change:
            labelling.rename(obj, obj.name)
        else:
            super().save_model(request, obj, form, change)

    @admin.action(description=_("Merge into one"), permissions=["change", "delete"])
    def merge(self, request: HttpRequest, queryset: LabelQuerySet) -> HttpResponse | None:
        """Asks which of the marked labels stays, then makes them one."""
        labels = list(Label.objects.with_post_count().filter(pk__in=queryset).order_by("name"))
        if len(labels) < 2:
            words = gettext("Mark at least two labels to merge them.")
            self.message_user(request, words, messages.WARNING)
            return None
        by_key = {str(label.pk): label for label in labels}
        stays = by_key.get(request.POST.get("into", ""))
        if stays is None:
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Merge labels"),
                "opts": self.opts,
                "labels": labels,
                # The one with most posts is the likely one.
                "likely": max(labels, key=lambda label: label.post_count),  # type: ignore[attr-defined]
                "select_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/blog/label/merge.html", context)
        self.log_deletions(request, Label.objects.filter(pk__in=by_key).exclude(pk=stays.pk))
        count = labelling.merge(labels, stays)
        words = ngettext(
            "%(count)d label is “%(name)s” now; its address leads there.",
            "%(count)d labels are “%(name)s” now; their addresses lead there.",
            count,
        )
        self.message_user(request, words % {"count": count, "name": stays.name})
        return None

    @admin.display(description=_("live posts"), ordering="post_count")
    def post_count(self, label: Any) -> int:
        """How many posts readers find under it."""
        return int(label.post_count)

    @admin.display(description=_("address"))
    def on_site(self, label: Label) -> SafeString:
        """A link to its page."""
        return format_html('<a href="{}">{}</a>', label.get_absolute_url(), _("View on site"))
