"""What the attributes of a clean text may say: one answer for each, by tag and name.

Everything here drops what does not parse, so that no page carries an address, a date or a
language that a validator refuses and a browser guesses at.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from blog.markup.anchors import ID_PREFIX, MORE_ID

_CLASS: Final = re.compile(
    r"align-(?:center|left|right)|text-(?:left|right)|outside-picture"
    r"|code-[a-z]+|language-[\w.+#-]{1,30}"
    r"|footnotes(?:-sep|-list)?|footnote-(?:ref|item|backref)|task-(?:item|box)",
    re.ASCII,
)

_ADDRESSES: Final = {"cite", "href", "poster", "src"}
# A quotation's source and a film's poster: addresses nh3 does not look at, so no other scheme.
_WEB_ADDRESSES: Final = {"cite", "poster"}
_WEB: Final = re.compile(r"https?://|//|/|[^:/?#]*(?:[/?#]|\Z)", re.IGNORECASE)
_HOST: Final = re.compile(
    r"(?:https?:)?//(?:[^/?#@\[\]]*@)?(?:\[[0-9a-f:.]+\]|[\w~-]+(?:\.[\w~-]+)*\.?)(?::[0-9]{0,5})?"
    r"(?=[/?#]|\Z)",
    re.IGNORECASE,
)
_STARTS_HOST: Final = re.compile(r"(?:https?:|//)", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_TO_ENCODE: Final = re.compile(r"[\x00-\x20\"<>\\^`{|}\[\]]|%(?![0-9A-Fa-f]{2})")

# Source: BCP 47; of the extensions only what texts say, and no region "UK", which is none.
_LANGUAGE: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{4})?(?:-(?!uk)[a-z]{2}|-[0-9]{3})?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))?",
    re.IGNORECASE,
)
# Source: ISO 639-1. People write "cn" and "jp", which are countries.
_LANGUAGE_CODES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg "
    "li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or "
    "os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta "
    "te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_LANGUAGES: Final = frozenset(_LANGUAGE_CODES.split())

_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?"
_ZONE: Final = r"(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
_MONTH: Final = r"(?:0[1-9]|1[0-2])"
# Source: HTML Living Standard, "the time element" (years of four digits, dates checked apart).
_MOMENT: Final = re.compile(rf"{_DAY.pattern}(?:[T ]{_CLOCK}{_ZONE})?")
_TIME: Final = re.compile(
    rf"{_DAY.pattern}(?:[T ]{_CLOCK}{_ZONE}?)?|{_CLOCK}|{_ZONE}"
    rf"|(?!0000)[0-9]{{4}}(?:-{_MONTH}|-W(?:0[1-9]|[1-4][0-9]|5[0-2]))?"
    rf"|{_MONTH}-(?:0[1-9]|[12][0-9])"
    r"|P(?=.)(?:[0-9]+D)?(?:T(?=.)(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]{1,3})?S)?)?"
)

_NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_NUMBERS: Final = {"colspan", "height", "rowspan", "span", "start", "value", "width"}
_SPANS: Final = {"colspan": 1000, "rowspan": 65534, "span": 1000}  # the highest HTML knows

_VALUES: Final[dict[str, re.Pattern[str]]] = {
    "dir": re.compile(r"ltr|rtl|auto", re.IGNORECASE),
    "id": re.compile(rf"{MORE_ID}|{ID_PREFIX}[^\s\"'<>&]+"),
    "rel": re.compile(r"[a-z ]+"),
    "tabindex": re.compile(r"0"),
    "loading": re.compile(r"lazy|eager"),
    "decoding": re.compile(r"async|sync|auto"),
    "preload": re.compile(r"none|metadata|auto"),
    "scope": re.compile(r"row|col|rowgroup|colgroup"),
    "kind": re.compile(r"subtitles|captions|descriptions|chapters"),
    "label": re.compile(r".*\S.*", re.DOTALL),
}
_TYPES: Final = {"ol": re.compile(r"[1aAiI]")}
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")


def attribute_value(tag: str, name: str, value: str) -> str | None:
    """What stays of one attribute's value; None takes the attribute away."""
    if name == "class":
        return " ".join(filter(_CLASS.fullmatch, value.split())) or None
    if name in _ADDRESSES:
        return _address(value, is_web=name in _WEB_ADDRESSES)
    if name in _NUMBERS:
        return _number(name, value)
    if name in ("lang", "hreflang", "srclang"):
        return value if is_language(value) else None
    if name == "datetime":
        return _moment(tag, value.strip())
    if name == "dir" and tag == "bdo" and value.lower() == "auto":
        return None
    pattern = _TYPES.get(tag, _MEDIA_TYPE) if name == "type" else _VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value) else None


def is_known_class(word: str) -> bool:
    """True for the class names that our style sheets know in a text."""
    return _CLASS.fullmatch(word) is not None


def is_language(value: str) -> bool:
    """True for a tag such as "en", "zh-Hans" or "yue", whose language exists."""
    match = _LANGUAGE.fullmatch(value)
    return match is not None and (
        len(match["language"]) == 3 or match["language"].lower() in _LANGUAGES
    )


def _address(value: str, *, is_web: bool) -> str | None:
    """The address a browser would make of `value`, in characters an address may have."""
    value = re.sub(r"[\t\n\r]", "", value).strip(" \f")
    if not _OPAQUE.match(value):
        # As browsers read it; with its backslash an address would seem to be on our own host.
        path = re.match(r"[^?#]*", value)
        assert path is not None
        value = path[0].replace("\\", "/") + value[path.end() :]
    value = re.sub(r"\A(https?:)/+", r"\1//", value, flags=re.IGNORECASE)
    if is_web and (not value or not _WEB.match(value)):
        return None
    host = ""
    if _STARTS_HOST.match(value):
        match = _HOST.match(value)
        if match is None:
            return None
        host = match[0]
    rest, mark, fragment = value[len(host) :].partition("#")
    return host + _encoded(rest) + mark + _encoded(fragment).replace("#", "%23")


def _encoded(text: str) -> str:
    return _TO_ENCODE.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _number(name: str, value: str) -> str | None:
    digits = value.strip().removesuffix("px")
    if not _NUMBER.fullmatch(digits):
        return None
    if name in _SPANS and not 1 <= int(digits) <= _SPANS[name]:
        return None
    return digits


def _moment(tag: str, value: str) -> str | None:
    pattern = _TIME if tag == "time" else _MOMENT
    if not pattern.fullmatch(value):
        return None
    day = _DAY.match(value)
    if day:
        try:
            date(int(day[1]), int(day[2]), int(day[3]))
        except ValueError:  # the 31st of February
            return None
    return value
