"""Writes the records of a reader into the tables: everything or nothing, and twice is once."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from blog import publishing
from blog.choices import Moderation
from blog.interchange import sections
from blog.interchange.load_posts import PostLoader
from blog.interchange.records import (
    Fate,
    ItemKind,
    Ledger,
    LedgerItem,
    Reader,
    SettingRecord,
)
from blog.interchange.sections import Import, fitted
from blog.models import Post, SiteProfile


def load(
    reader: Reader, *, dry_run: bool = False, tell: Callable[[int], None] = lambda count: None
) -> Ledger:
    """Brings in all that `reader` gives, and says what became of every item.

    One transaction: settings, posts with labels and authors, then the registered sections. With
    `dry_run` it is undone at the end, so the ledger says what would be. Items that were brought in
    before are known by their ids: an equal one is not touched, one that changed in the source is
    updated, unless somebody has edited it here since. Memory holds the ledger and one item.

    `tell` is called with the number of items so far, at every thousandth.
    """
    ledger = Ledger(reader.format, dry_run)
    try:
        with transaction.atomic():
            under_way = Import(reader, reader.blog(), _locked_profile(), ledger, tell)
            _load_profile(under_way)
            PostLoader(under_way).load()
            for section in sections.registered():
                section(under_way)
            for skipped in reader.skipped():
                ledger.skip(skipped)
            if dry_run:
                transaction.set_rollback(True)
    finally:
        # Whatever comes next reads the profile that is on disk.
        SiteProfile.remember(None)
    return ledger


def _locked_profile() -> SiteProfile:
    """The profile, locked so that two imports come one after the other, and remembered, because
    every post that is saved asks for it.
    """
    SiteProfile.remember(None)
    SiteProfile.current()
    profile = SiteProfile.objects.select_for_update().get()
    SiteProfile.remember(profile)
    return profile


def _load_profile(under_way: Import) -> None:
    """Settings into the profile. What the owner has set stays, except on a blog without posts."""
    profile = under_way.profile
    is_empty = not Post.objects.exists()
    old_zone = profile.time_zone
    blogger_id = under_way.blog.blogger_id
    is_changed = bool(blogger_id) and not profile.blogger_id
    if is_changed:
        profile.blogger_id = blogger_id
    for setting in under_way.blog.settings:
        item = _load_setting(profile, setting, may_replace=is_empty)
        under_way.write(item)
        is_changed |= item.fate == Fate.UPDATED
    if is_changed:
        profile.save()
    if profile.time_zone != old_zone:
        publishing.change_time_zone(profile)


def is_laxer(field: str, value: object, *, than: object) -> bool:
    """Whether `value` holds fewer comments than what is set: no import decides that by itself."""
    strictness = (Moderation.NONE, Moderation.FIRST, Moderation.ALL)
    if field != "moderation" or value not in strictness or than not in strictness:
        return False
    return strictness.index(Moderation(str(value))) < strictness.index(Moderation(str(than)))


def _load_setting(profile: SiteProfile, setting: SettingRecord, *, may_replace: bool) -> LedgerItem:
    """Sets one column of `profile` without saving it; one that is no default any more only if it
    `may_replace` it.
    """
    column = SiteProfile._meta.get_field(setting.field)
    assert isinstance(column, models.Field)
    value, reason = setting.value, ""
    if isinstance(value, str) and column.max_length:
        value = fitted(value, column.max_length)
        if value.endswith("…") and value != setting.value:
            reason = _("It was cut to %(limit)d characters.") % {"limit": column.max_length}
    now = getattr(profile, setting.field)
    try:
        value = column.clean(value, profile)
    except ValidationError as error:
        fate, reason = Fate.REFUSED, " ".join(error.messages)
    else:
        if now == value:
            fate = Fate.UNCHANGED
        elif not may_replace and is_laxer(setting.field, value, than=now):
            fate, reason = Fate.SKIPPED, _("It would let comments in that wait here.")
        elif may_replace or now == column.get_default():
            fate = Fate.UPDATED
            setattr(profile, setting.field, value)
        else:
            fate, reason = Fate.SKIPPED, _("The owner has set it here already.")
    return LedgerItem(
        ItemKind.SETTING, setting.source_id, str(column.verbose_name), fate, reason=reason
    )
