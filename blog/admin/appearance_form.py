"""The form of the look: theme and colours, gadgets in order, the menu in order."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from blog.choices import GadgetKind
from blog.models import Post, SiteProfile
from blog.models.appearance import MAX_OWN_TEXTS, Gadget

COLOUR = {"pattern": "#[0-9a-fA-F]{6}", "size": 8, "spellcheck": "false", "data-colour": ""}
MAX_ROWS = 200  # of one list; a hand-made request may name more


class GadgetForm(forms.Form):
    """One gadget: whether it shows, under which title, and the owner's words where it has any."""

    kind = forms.ChoiceField(choices=GadgetKind.choices, widget=forms.HiddenInput)
    is_on = forms.BooleanField(label=_("shown"), required=False)
    title = forms.CharField(label=_("title"), max_length=60, required=False)
    text = forms.CharField(
        label=_("text"),
        max_length=2_000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Leaves the text to kinds that show one."""
        super().__init__(*args, **kwargs)
        self.kind_of = str(self["kind"].value() or "")
        if self.kind_of not in GadgetKind.values or not Gadget(self.kind_of).has_text:
            del self.fields["text"]
        self.fields["title"].widget.attrs["placeholder"] = self.name
        self.fields["is_on"].label = self.name

    @property
    def name(self) -> str:
        """What this kind is called."""
        return (
            str(GadgetKind(self.kind_of).label)
            if self.kind_of in GadgetKind.values
            else self.kind_of
        )

    @property
    def gadget(self) -> Gadget:
        """What the valid form says."""
        values = self.cleaned_data
        return Gadget(
            values["kind"],
            is_on=values["is_on"],
            title=values["title"],
            text=values.get("text", ""),
        )


class AppearanceForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """Everything about the look but the pictures, which have a form of their own.

    Rows of gadgets and of the menu come in the order in which the page lists them; a button that
    was pressed to move one has the name `move`, and nothing is saved then.
    """

    class Meta:
        model = SiteProfile
        fields = (
            "theme",
            "accent",
            "accent_dark",
            "typeface",
            "width",
            "has_sidebar",
            "banner_alt",
            "footer_text",
        )
        widgets = {
            "theme": forms.RadioSelect,
            "width": forms.RadioSelect,
            "typeface": forms.RadioSelect,
            "accent": forms.TextInput(attrs=COLOUR),
            "accent_dark": forms.TextInput(attrs=COLOUR),
            "footer_text": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, data: QueryDict | None = None, *, instance: SiteProfile) -> None:
        """Reads the rows in the order of the page. One query, for the pages of the menu."""
        super().__init__(data, instance=instance)
        self.label_suffix = ""
        pages = {page.pk: page for page in Post.objects.pages().in_menu()}
        if data is None:
            self.gadget_forms = list(self._kept_gadgets(instance))
            keys = sorted(pages, key=instance.menu_place)
            self.menu = [(pages[key], instance.is_in_menu(key)) for key in keys]
        else:
            rows = moved(data.getlist("gadget")[:MAX_ROWS], data.get("move", ""), of="gadget")
            self.gadget_forms = [
                GadgetForm(data, prefix=f"gadget-{row}", label_suffix="")
                for row in dict.fromkeys(rows)
                if row.isascii() and row.isalnum()
            ]
            rows = moved(data.getlist("page")[:MAX_ROWS], data.get("move", ""), of="page")
            keys = [int(row) for row in dict.fromkeys(rows) if row.isascii() and row.isdigit()]
            keys = [key for key in keys if key in pages] + [
                key for key in pages if str(key) not in rows
            ]
            shown = set(data.getlist("page-on"))
            self.menu = [(pages[key], str(key) in shown) for key in keys]

    @staticmethod
    def _kept_gadgets(profile: SiteProfile) -> Iterator[GadgetForm]:
        gadgets = profile.gadget_list
        texts = [gadget for gadget in gadgets if gadget.kind == GadgetKind.TEXT]
        if all(gadget.text for gadget in texts) and len(texts) < MAX_OWN_TEXTS:
            gadgets = [*gadgets, Gadget(GadgetKind.TEXT, is_on=False)]
        for number, gadget in enumerate(gadgets):
            initial = {
                "kind": gadget.kind,
                "is_on": gadget.is_on,
                "title": gadget.title,
                "text": gadget.text,
            }
            yield GadgetForm(initial=initial, prefix=f"gadget-{number}", label_suffix="")

    def is_valid(self) -> bool:
        """Whether every row is right too."""
        return all([super().is_valid(), *(form.is_valid() for form in self.gadget_forms)])

    def _post_clean(self) -> None:
        """Refuses colours that nobody could read on the theme that is chosen with them."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook for checks of the row
        if self.errors.keys().isdisjoint({"theme", "accent", "accent_dark"}):
            try:
                self.instance.refuse_faint_accent()
            except ValidationError as error:
                self.add_error(None, error)

    def take(self) -> SiteProfile:
        """The profile with all that the valid form says; not saved."""
        profile: SiteProfile = self.instance
        profile.keep_footer(self.cleaned_data["footer_text"])
        gadgets = [form.gadget for form in self.gadget_forms]
        profile.keep_gadgets(
            gadget
            for gadget in gadgets
            if gadget.kind != GadgetKind.TEXT or gadget.text.strip() or gadget.title
        )
        profile.keep_menu(
            [page.pk for page, _shown in self.menu],
            left_out=[page.pk for page, is_shown in self.menu if not is_shown],
        )
        return profile


def moved(rows: list[str], move: str, *, of: str) -> list[str]:
    """`rows` after the button `of-ROW-up` or `of-ROW-down` was pressed."""
    kind, _dash, rest = move.partition("-")
    row, _dash, way = rest.rpartition("-")
    if kind != of or row not in rows or way not in {"up", "down"}:
        return rows
    at = rows.index(row)
    other = at - 1 if way == "up" else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


class PicturesForm(forms.Form):
    """Header picture, logo and icon: a new file, or the word to take the old one away."""

    banner = forms.FileField(
        label=_("Header picture"),
        required=False,
        help_text=_("Above everything, as wide as the window; 2560 pixels wide is best."),
    )
    remove_banner = forms.BooleanField(label=_("Take it away"), required=False)
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("Beside the title of the blog.")
    )
    remove_logo = forms.BooleanField(label=_("Take it away"), required=False)
    icon = forms.FileField(
        label=_("Icon"),
        required=False,
        help_text=_("In the tabs of browsers: square, at least 192 pixels wide."),
    )
    remove_icon = forms.BooleanField(label=_("Take it away"), required=False)
