"""The last part of an address, proposed from a title."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from blog.markup.text import fold

MAX_SLUG_CHARS = 60  # what still reads as one line under a search result
FALLBACK: Final = "post"

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_KANA: Final = re.compile("[\u3041-\u309f\u30a1-\u30ff]")
_APOSTROPHES: Final = re.compile("['’ʼ]")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def slugify(title: str, *, language: str = "") -> str:
    """The first of `slug_proposals`: ASCII where the title's script allows it, never empty."""
    return slug_proposals(title, language=language)[0]


def slug_proposals(title: str, *, language: str = "") -> list[str]:
    """Addresses to choose from, best first, each at most `MAX_SLUG_CHARS`, at least one.

    Latin titles give one, without accents. Chinese titles give pinyin and the characters
    themselves. Titles in other scripts give their own letters. `language` is that of the text:
    "de" writes ü as ue, "ja" reads no characters as Chinese.
    """
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFC", title))
    if language.lower().startswith("de"):
        plain = plain.translate(_UMLAUTS)
    own_letters = _cut(_hyphenated(fold(plain)))
    proposals = [own_letters]
    if _HAN.search(plain) and not language.lower().startswith("ja") and not _KANA.search(plain):
        plain = _HAN.sub(lambda match: f" {_pinyin(match[0])} ", plain)
    ascii_letters = _cut(_hyphenated(fold(plain), only_ascii=True))
    is_whole = _hyphenated(fold(plain)).isascii()  # nothing of the title was lost
    proposals.insert(0 if is_whole else 1, ascii_letters)
    return [slug for slug in dict.fromkeys(proposals) if slug] or [FALLBACK]


def _pinyin(characters: str) -> str:
    # Imported here: its dictionaries take 0.1 s and 20 MB, and most requests propose no address.
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(characters, errors="ignore"))


def _hyphenated(text: str, *, only_ascii: bool = False) -> str:
    """The letters and digits of `text`, what stands between them as one hyphen."""
    kept = [char if _is_letter(char, only_ascii=only_ascii) else "-" for char in text]
    return re.sub("-+", "-", "".join(kept)).strip("-")


def _is_letter(char: str, *, only_ascii: bool) -> bool:
    return unicodedata.category(char)[0] in "LNM" and (char.isascii() or not only_ascii)


def _cut(slug: str) -> str:
    """`slug` within the limit, cut between words where one ends in the second half."""
    if len(slug) <= MAX_SLUG_CHARS:
        return slug
    head, _, _ = slug[: MAX_SLUG_CHARS + 1].rpartition("-")
    return (head if len(head) > MAX_SLUG_CHARS // 2 else slug[:MAX_SLUG_CHARS]).strip("-")
