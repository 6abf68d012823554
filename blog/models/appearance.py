"""How the blog looks: what an owner chooses of it, and what can't be chosen."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from blog import colours, markup
from blog.choices import GadgetKind, Markup, Theme, Typeface, Width

MAX_OWN_TEXTS = 5  # gadgets with words of the owner's own

is_colour = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Give a colour as #rrggbb, such as #1257a8."))


@dataclass(frozen=True, slots=True)
class Ground:
    """What text of a theme stands on, and the accent it brings, in one scheme. #rrggbb."""

    paper: str
    leaf: str
    accent: str

    @property
    def all(self) -> tuple[str, str]:
        """Everything that a text in the accent may stand on."""
        return self.paper, self.leaf


# Each theme in light and in dark; the style sheets say the same, and a test compares them.
GROUNDS: Mapping[str, tuple[Ground, Ground]] = {
    Theme.MARGIN: (
        Ground("#fcf9f3", "#f5f0e6", "#9a2f1e"),
        Ground("#1b1917", "#25221e", "#eb9c86"),
    ),
    Theme.STUDIO: (
        Ground("#ffffff", "#f2f4f7", "#1257a8"),
        Ground("#14171b", "#1e2228", "#8ab8f2"),
    ),
    Theme.GAZETTE: (
        Ground("#f6f5f1", "#eae8e1", "#1d5b43"),
        Ground("#141513", "#1f211e", "#8fcfae"),
    ),
}


@dataclass(frozen=True, slots=True)
class Gadget:
    """One of the small blocks beside or below the text."""

    kind: str
    is_on: bool = True
    title: str = ""  # empty: the usual one
    text: str = ""  # Markdown; of ABOUT and TEXT only
    text_html: str = ""

    @property
    def body_html(self) -> SafeString:
        """The text, clean since it was saved."""
        return mark_safe(self.text_html)  # noqa: S308 (made by markup.render, see `kept`)

    @property
    def has_text(self) -> bool:
        """Whether it shows words of the owner's own."""
        return self.kind in {GadgetKind.ABOUT, GadgetKind.TEXT}

    @property
    def name(self) -> str:
        """What it is called where it has no title of its own."""
        return str(GadgetKind(self.kind).label)


def default_gadgets() -> list[dict[str, Any]]:
    """What a new blog shows: archive and labels."""
    return [asdict(Gadget(GadgetKind.ARCHIVE)), asdict(Gadget(GadgetKind.LABELS))]


class Appearance(models.Model):
    """The part of the site profile that is about the look. One row, so no page pays for it."""

    theme = models.CharField(_("theme"), max_length=10, choices=Theme.choices, default=Theme.MARGIN)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        validators=[is_colour],
        help_text=_("Of links, days and marks. Empty: that of the theme."),
    )
    accent_dark = models.CharField(
        _("accent colour on dark"),
        max_length=7,
        blank=True,
        validators=[is_colour],
        help_text=_("Empty: a lighter shade of the accent colour, worked out for you."),
    )
    typeface = models.CharField(
        _("typeface"), max_length=10, choices=Typeface.choices, blank=True, default=Typeface.THEMES
    )
    width = models.CharField(
        _("width of the text"), max_length=10, choices=Width.choices, default=Width.MEDIUM
    )
    has_sidebar = models.BooleanField(
        _("gadgets beside the text on wide screens"),
        default=False,
        help_text=_("Otherwise, and on narrow screens, they stand below it."),
    )
    footer_text = models.TextField(
        _("text in the footer"),
        max_length=1_000,
        blank=True,
        help_text=_("For an imprint or a licence. Markdown."),
    )
    footer_html = models.TextField(blank=True, editable=False)
    # Pictures: drawn anew by blog.appearance, under names that change with what they show.
    banner = models.FileField(max_length=200, blank=True, editable=False)
    banner_width = models.PositiveIntegerField(default=0, editable=False)
    banner_height = models.PositiveIntegerField(default=0, editable=False)
    banner_alt = models.CharField(
        _("what the header picture shows"),
        max_length=300,
        blank=True,
        help_text=_("For who can’t see it. Empty: it is an ornament."),
    )
    logo = models.FileField(max_length=200, blank=True, editable=False)
    logo_width = models.PositiveIntegerField(default=0, editable=False)
    logo_height = models.PositiveIntegerField(default=0, editable=False)
    icon = models.FileField(max_length=200, blank=True, editable=False)
    # Lists of a handful of small things that are always read together: see `gadget_list`, `menu`.
    gadgets = models.JSONField(default=default_gadgets, blank=True, editable=False)
    menu_order = models.JSONField(default=list, blank=True, editable=False)  # keys of pages
    menu_left_out = models.JSONField(default=list, blank=True, editable=False)  # keys of pages

    class Meta:
        abstract = True

    # --- Colours ---

    @property
    def accents(self) -> tuple[str, str]:
        """The accent in light and dark, both chosen or worked out; `#rrggbb`."""
        light, dark = GROUNDS.get(self.theme, GROUNDS[Theme.MARGIN])
        accent = (self.accent or light.accent).lower()
        if self.accent_dark:
            return accent, self.accent_dark.lower()
        return accent, colours.readable(accent, dark.all) if self.accent else dark.accent

    def refuse_faint_accent(self) -> None:
        """Whoever reads must be able to read it.

        Raises:
            ValidationError: of the field, with the contrast there is, the one that is needed, and a
                shade that has it.
        """
        grounds = GROUNDS.get(self.theme, GROUNDS[Theme.MARGIN])
        problems = {}
        for field, accent, ground in zip(
            ("accent", "accent_dark"), self.accents, grounds, strict=True
        ):
            contrast = colours.worst_contrast(accent, ground.all)
            if getattr(self, field) and contrast < colours.READABLE:
                problems[field] = ValidationError(
                    _(
                        "%(accent)s can’t be read on this theme: its contrast is %(contrast)s to 1,"
                        " and 4.5 are needed. %(shade)s is near and would do."
                    ),
                    params={
                        "accent": accent,
                        "contrast": f"{int(contrast * 10) / 10:.1f}",
                        "shade": colours.readable(accent, ground.all),
                    },
                )
        if problems:
            raise ValidationError(problems)

    # --- Gadgets and menu ---

    @property
    def gadget_list(self) -> list[Gadget]:
        """Every gadget in the owner's order; what he has never touched comes last, switched off."""
        kept = [gadget for gadget in map(_gadget, _listed(self.gadgets)) if gadget]
        known = {gadget.kind for gadget in kept}
        rest = [Gadget(kind, is_on=False) for kind in GadgetKind if kind not in known]
        return kept + rest

    @property
    def shown_gadgets(self) -> list[Gadget]:
        """Those that are switched on and have something to say."""
        return [
            gadget
            for gadget in self.gadget_list
            if gadget.is_on and (gadget.text_html or gadget.kind != GadgetKind.TEXT)
        ]

    @property
    def has_search_gadget(self) -> bool:
        """Whether a gadget offers the search, so that the head need not."""
        return any(gadget.kind == GadgetKind.SEARCH for gadget in self.shown_gadgets)

    def keep_gadgets(self, gadgets: Iterable[Gadget]) -> None:
        """Takes over the owner's gadgets in their order. Saves nothing."""
        self.gadgets = [
            asdict(gadget) | {"text_html": _rendered(gadget.text) if gadget.has_text else ""}
            for gadget in gadgets
        ]

    def keep_footer(self, text: str) -> None:
        """Takes over the text of the footer. Saves nothing."""
        self.footer_text, self.footer_html = text, _rendered(text)

    def keep_menu(self, order: Collection[int], *, left_out: Collection[int]) -> None:
        """Takes over which pages stand in the menu, and in which order. Saves nothing."""
        self.menu_order, self.menu_left_out = list(order), list(left_out)

    def menu_place(self, key: int) -> int:
        """Where the page with this key stands among all; one that is new comes last."""
        order = _listed(self.menu_order)
        return order.index(key) if key in order else len(order)

    def is_in_menu(self, key: int) -> bool:
        """Whether the menu shows the page with this key."""
        return key not in _listed(self.menu_left_out)


def _rendered(text: str) -> str:
    return markup.render(text, markup=Markup.MARKDOWN) if text.strip() else ""


def _listed(value: Any) -> list[Any]:
    """A list that was stored as JSON; nothing where something else stands."""
    return value if isinstance(value, list) else []


def _gadget(row: Any) -> Gadget | None:
    """What was stored as JSON, or None for what is no gadget of this version."""
    if not isinstance(row, dict) or row.get("kind") not in GadgetKind.values:
        return None
    texts = {name: str(row.get(name) or "") for name in ("title", "text", "text_html")}
    return Gadget(row["kind"], is_on=row.get("is_on") is True, **texts)
