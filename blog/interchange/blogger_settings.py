"""Blogger's settings, and what becomes of each.

They are matched by name (`BLOG_LOCALE`): the title of a setting is written in the blog's language.
The old export has one entry per setting, the current backup one column of `settings.csv`.
Values of settings that hold addresses of people, permissions or code are never looked at.
"""

import csv
import io
import re
import zoneinfo
from collections.abc import Callable, Mapping
from html import unescape

from django.conf import settings as django_settings
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from blog.choices import FeedContent, GuestAccess, Moderation
from blog.interchange.records import ItemKind, SettingRecord, Skipped

MAX_POSTS_PER_PAGE = 50  # as in SiteProfile

_COMPANIONS = {"BLOG_MAX_UNIT", "BLOG_META_DESCRIPTION_ENABLED"}
_DEAD = {
    "BLOG_ALTERNATE_JSRENDER_ALLOWED",
    "BLOG_ANALYTICS_ACCOUNT_NUMBER",
    "BLOG_BACKLINKS_ALLOWED",
    "BLOG_DEFAULT_BACKLINKS_MODE",
    "BLOG_PROMOTED",
    "BLOG_PUBLISHING_MODE",
    "BLOG_QUICK_EDITING",
}
_PRIVATE = {
    "BLOG_ADMIN_PERMISSION",
    "BLOG_AUTHOR_PERMISSION",
    "BLOG_COMMENT_EMAIL",
    "BLOG_COMMENT_MODERATION_EMAIL",
    "BLOG_M2B_WHITELIST_EMAIL",
    "BLOG_READER_PERMISSION",
    "BLOG_SEND_EMAIL",
}
# Numbers or words for which this blog always does the same as Blogger's usual value.
_USUAL = {
    "BLOG_ADULT_CONTENT": {"false"},
    "BLOG_ARCHIVE_DATE_FORMAT": {"9"},
    "BLOG_ARCHIVE_FREQUENCY": {"MONTHLY"},
    "BLOG_BY_POST_ARCHIVING": {"true"},
    "BLOG_COMMENT_FEED": {"FULL"},
    "BLOG_COMMENT_FORM_LOCATION": {"EMBEDDED_IFRAME"},
    "BLOG_DATE_FORMAT": {"26"},
    "BLOG_DEFAULT_COMMENTS_MODE": {"DEFAULT_HAVE_COMMENTS"},
}
_SIMPLE_WORD = re.compile(r"[A-Za-z0-9_]{1,40}")

# Blogger's and older ISO codes that Django writes in another way.
_LANGUAGES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-hans": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-hant": "zh-hant",
    "en-gb": "en-gb",
    "pt-br": "pt-br",
    "iw": "he",
    "in": "id",
    "no": "nb",
}


def language_code(locale: str) -> str | None:
    """Django's code for a locale as Blogger writes it (`zh_CN`, `en-US`); None for nonsense."""
    tag = locale.strip().replace("_", "-").lower()
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", tag):
        return None
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        code = _LANGUAGES.get("-".join(parts[:length]))
        if code:
            return code
    return parts[0]


def is_true(value: str) -> bool:
    """How Blogger writes yes."""
    return value.strip().lower() == "true"


def plain(value: str) -> str:
    """The text of a value that may hold HTML, on one line."""
    return " ".join(unescape(strip_tags(value)).split())


def from_csv(data: bytes) -> dict[str, str]:
    """Settings by name from the `settings.csv` of a backup: a row of names, a row of values.

    Raises:
        ValueError: no such table.
    """
    text = data.decode("utf-8-sig")  # UnicodeDecodeError is a ValueError
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(rows) < 2 or "blog_name" not in [name.strip().lower() for name in rows[0]]:
        raise ValueError("no row of names")
    return {
        name.strip().upper(): value
        for name, value in zip(rows[0], rows[1], strict=False)
        if name.strip()
    }


class SettingsRead:
    """Settings sorted into those with a counterpart and those without."""

    def __init__(self, value_by_name: Mapping[str, str]) -> None:
        """Reads `value_by_name`, whose keys are names like `BLOG_LOCALE`."""
        self.mapped: list[SettingRecord] = []
        self.skipped: list[Skipped] = []
        self.warnings: list[str] = []
        self.language: str | None = None
        self._values = value_by_name
        self.breaks_lines = is_true(value_by_name.get("BLOG_CONVERT_LINE_BREAKS", ""))
        self.hides_comments = (
            value_by_name.get("BLOG_COMMENTS_ALLOWED", "").strip().lower() == "false"
        )
        mode = value_by_name.get("BLOG_READ_ACCESS_MODE", "").strip().upper()
        self.is_private = mode not in {"", "PUBLIC"}
        if self.is_private:
            self.warnings.append(_("This blog could be read by invited people only."))
        for name in sorted(value_by_name):
            self._read(name, value_by_name[name].strip())

    def _read(self, name: str, value: str) -> None:
        reader = _READERS.get(name)
        if reader:
            reader(self, name, value)
        elif name in _COMPANIONS:
            self._skip(name, _("It is read together with another setting."))
        elif name in _PRIVATE:
            self._skip(name, _("E-mail addresses and permissions of people are not taken over."))
        elif name in _DEAD:
            self._skip(name, _("Blogger itself no longer uses it, or only Blogger can."))
        elif name in _USUAL:
            if value in _USUAL[name]:
                self._skip(name, _("It is always so here."))
            else:
                shown = value if _SIMPLE_WORD.fullmatch(value) else "?"
                reason = _("The value %(value)s has no counterpart here.") % {"value": shown}
                self._skip(name, reason)
                self.warnings.append(f"{name}: {reason}")
        else:
            self._skip(name, _("It has no counterpart here."))

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(ItemKind.SETTING, name, "", reason))

    def _map(self, name: str, field: str, value: str | int | bool) -> None:
        self.mapped.append(SettingRecord(name, field, value))

    def _map_text(self, name: str, field: str, value: str) -> None:
        """An empty text is no wish: it does not wipe out what the owner has written here."""
        if plain(value):
            self._map(name, field, plain(value))
        else:
            self._skip(name, _("It is empty."))

    def _warn(self, name: str, reason: str) -> None:
        """For a setting that a person must look at."""
        self._skip(name, reason)
        self.warnings.append(f"{name}: {reason}")

    # One method per setting that has a counterpart or a meaning for records.

    def _name(self, name: str, value: str) -> None:
        self._map_text(name, "title", value)

    def _description(self, name: str, value: str) -> None:
        self._map_text(name, "tagline", value)

    def _locale(self, name: str, value: str) -> None:
        self.language = language_code(value)
        spoken = dict(django_settings.LANGUAGES)
        code = self.language or ""
        if code not in spoken:
            code = code.split("-")[0]  # British English is English; zh alone is never a code
        if code in spoken:
            self._map(name, "language", code)
        else:
            shown = value if re.fullmatch(r"[A-Za-z_-]{1,20}", value) else "?"
            self._warn(
                name,
                _("The interface is not translated into %(language)s; it keeps its language.")
                % {"language": shown},
            )

    def _time_zone(self, name: str, value: str) -> None:
        if is_zone(value):
            self._map(name, "time_zone", value)
        else:
            self._warn(name, _("This is no known time zone; the blog keeps the one it has."))

    def _max_num(self, name: str, value: str) -> None:
        unit = self._values.get("BLOG_MAX_UNIT", "POSTS").strip().upper() or "POSTS"
        if unit != "POSTS":
            self._warn(name, _("Front pages are counted in posts here, not in days."))
        elif not re.fullmatch(r"[0-9]{1,6}", value) or int(value) < 1:
            self._warn(name, _("This is no number of posts."))
        else:
            number = min(int(value), MAX_POSTS_PER_PAGE)
            self._map(name, "posts_per_page", number)
            if number < int(value):
                self.warnings.append(
                    _("%(name)s: %(old)s posts on a page became %(new)d, the most there can be.")
                    % {"name": name, "old": value, "new": number}
                )

    def _post_feed(self, name: str, value: str) -> None:
        content = FeedContent.FULL if value == "FULL" else FeedContent.SHORT
        self._map(name, "feed_content", content.value)
        if value == "NONE":
            self.warnings.append(_("%(name)s: feeds can't be off here.") % {"name": name})

    def _per_post_feed(self, name: str, value: str) -> None:
        self._map(name, "has_post_comment_feeds", value != "NONE")

    def _comment_access(self, name: str, value: str) -> None:
        access = {
            "ANYONE": GuestAccess.ANYONE,
            "REGISTERED": GuestAccess.ADDRESS,
            "BLOGGERS": GuestAccess.ADDRESS,
        }.get(value, GuestAccess.MEMBERS)  # what we don't know is not opened to everybody
        self._map(name, "guest_access", access.value)

    def _comment_moderation(self, name: str, value: str) -> None:
        moderation = Moderation.NONE if value == "DISABLED" else Moderation.ALL
        self._map(name, "moderation", moderation.value)
        if value not in {"DISABLED", "ENABLED", "ALWAYS"}:
            self.warnings.append(
                _("%(name)s: every comment will wait for a moderator.") % {"name": name}
            )

    def _comment_message(self, name: str, value: str) -> None:
        self._map_text(name, "comment_message", value)

    def _searchable(self, name: str, value: str) -> None:
        self._map(name, "is_searchable", is_true(value))

    def _meta_description(self, name: str, value: str) -> None:
        if is_true(self._values.get("BLOG_META_DESCRIPTION_ENABLED", "true")):
            self._map_text(name, "description", value)
        else:
            self._skip(name, _("It was switched off."))

    def _comments_allowed(self, name: str, value: str) -> None:
        if self.hides_comments:
            self._skip(name, _("Comments were hidden; so they are on every imported post."))
        else:
            self._skip(name, _("It is always so here."))

    def _convert_line_breaks(self, name: str, value: str) -> None:
        if self.breaks_lines:
            self._skip(name, _("Line ends become new lines in the posts that need it."))
        else:
            self._skip(name, _("It is always so here."))

    def _read_access_mode(self, name: str, value: str) -> None:
        if self.is_private:
            self._skip(name, _("The blog was not public."))
        else:
            self._skip(name, _("It is always so here."))


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone this machine knows."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_READERS: dict[str, Callable[[SettingsRead, str, str], None]] = {
    "BLOG_NAME": SettingsRead._name,
    "BLOG_DESCRIPTION": SettingsRead._description,
    "BLOG_LOCALE": SettingsRead._locale,
    "BLOG_TIME_ZONE": SettingsRead._time_zone,
    "BLOG_MAX_NUM": SettingsRead._max_num,
    "BLOG_POST_FEED": SettingsRead._post_feed,
    "BLOG_PER_POST_FEED": SettingsRead._per_post_feed,
    "BLOG_COMMENT_ACCESS": SettingsRead._comment_access,
    "BLOG_COMMENT_MODERATION": SettingsRead._comment_moderation,
    "BLOG_COMMENT_MESSAGE": SettingsRead._comment_message,
    "BLOG_SEARCHABLE": SettingsRead._searchable,
    "BLOG_META_DESCRIPTION": SettingsRead._meta_description,
    "BLOG_COMMENTS_ALLOWED": SettingsRead._comments_allowed,
    "BLOG_CONVERT_LINE_BREAKS": SettingsRead._convert_line_breaks,
    "BLOG_READ_ACCESS_MODE": SettingsRead._read_access_mode,
}
