"""Block rules: what moderators decide beforehand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import Media, ModelForm
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from comments.admin.place import Place
from comments.choices import RuleKind
from comments.models import BlockRule

TYPED_KINDS = [choice for choice in RuleKind.choices if choice[0] != RuleKind.SENDER]


@admin.register(BlockRule)
class BlockRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at runtime
    """Patterns with what they do, until when, and how often they were met."""

    list_display = ("shown_pattern", "kind", "action", "expires_at", "hits", "last_hit_at", "who")
    list_filter = ("kind", "action", ("expires_at", admin.EmptyFieldListFilter))
    list_select_related = ("by",)
    search_fields = ("pattern", "note")
    ordering = ("-pk",)
    fields = ("kind", "pattern", "action", "expires_at", "note", "hits", "last_hit_at", "who")
    readonly_fields = ("hits", "last_hit_at", "who")
    # One field with the browser's calendar: the stock pair has one label for two fields.
    formfield_overrides = {
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(
                attrs={"type": "datetime-local", "class": "vTextField"}, format="%Y-%m-%dT%H:%M"
            ),
        }
    }
    show_full_result_count = False
    list_per_page = 50

    @property
    def media(self) -> Media:
        """The stock files, and our style."""
        ours = Media(css={"all": ["comments/admin/moderation.css"]})
        stock: Media = super().media
        return stock + ours

    def save_model(
        self, request: HttpRequest, obj: BlockRule, form: "ModelForm[BlockRule]", change: bool
    ) -> None:
        """Saves; a new rule is by who makes it. What the form has cleaned is what is compared."""
        if not change:
            assert isinstance(request.user, User)
            obj.by = request.user
            obj.save()
        elif form.changed_data:
            # The hits are counted while somebody edits.
            obj.save(update_fields=[*form.changed_data, "pattern"])

    @admin.display(description=_("pattern"), ordering="pattern")
    def shown_pattern(self, rule: BlockRule) -> str:
        """What it looks for."""
        return rule.shown_pattern

    def formfield_for_choice_field(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Without the kind that nobody can type: it is made in the queue."""
        if db_field.name == "kind":
            kwargs["choices"] = [*BLANK_CHOICE_DASH, *TYPED_KINDS]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_readonly_fields(
        self, request: HttpRequest, obj: BlockRule | None = None
    ) -> tuple[str, ...]:
        """Of the network of a comment, kind and pattern stay as they are."""
        if obj is not None and obj.kind == RuleKind.SENDER:
            return ("kind", "shown_pattern", *self.readonly_fields)
        return self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: BlockRule | None = None) -> tuple[str, ...]:
        """The fields, with the pattern as it is shown where nobody can change it."""
        if obj is not None and obj.kind == RuleKind.SENDER:
            return tuple("shown_pattern" if name == "pattern" else name for name in self.fields)
        return self.fields

    @admin.display(description=_("hits"), ordering="hit_count")
    def hits(self, rule: BlockRule) -> SafeString | int:
        """How many comments met it, as a link to those that are kept."""
        if not rule.hit_count:
            return 0
        address = Place(status=None, reason=f"rule:{rule.pk}").address
        return format_html('<a href="{}">{}</a>', address, rule.hit_count)

    @admin.display(description=_("by"))
    def who(self, rule: BlockRule) -> str:
        """Who made it."""
        return (rule.by.get_full_name() or rule.by.get_username()) if rule.by else "–"

    def get_form(
        self,
        request: HttpRequest,
        obj: BlockRule | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The stock form, with a hint at what a pattern looks like."""
        kwargs["help_texts"] = {
            "pattern": _(
                "Case, width, accents and look-alike letters don’t matter. A word is found whole, "
                "Chinese also inside a sentence."
            ),
            "expires_at": _("Empty: it holds until somebody removes it."),
            "note": _("For moderators only."),
        }
        return super().get_form(request, obj, change=change, **kwargs)
