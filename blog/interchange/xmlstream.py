"""XML from strangers, read as a stream: one element of interest at a time, little memory.

Made for exports as they are found: prefixes that nobody declared, leading blank lines, characters
that XML forbids, any common encoding. A document type declaration ends the reading at once, so no
entity, no external file and no entity bomb is ever looked at.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Protocol
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from django.utils.translation import gettext as _

from blog.interchange.records import Refused

CHUNK_BYTES = 64 * 1024
MAX_DEPTH = 100  # exports stop at 4; XHTML bodies at perhaps 40
MAX_ITEM_CHARS = 8_000_000  # text of one item; eight times what a post may hold
MAX_ITEM_NODES = 100_000  # elements of one item, for bodies that are XHTML
MAX_TOKEN_CHARS = 4_000_000  # the parser keeps an unfinished tag or comment in memory

# Encodings that text editors and exports use. Others (UTF-7, codecs that are no text) are refused.
_ENCODING = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|us-?ascii|ascii|iso-?8859-?\d+|latin-?\d|windows-?\d+|cp\d+"
    r"|gb2312|gbk|gb18030|big5(hkscs|-hkscs)?|shift[-_]?jis|euc[-_]?(jp|kr|cn)|koi8-?[ru]",
    re.IGNORECASE,
)
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# Codes of expat that mean: the file ended too early.
_UNFINISHED = {3, 5, 6, 20}
_XHTML_VOID = {"br", "hr", "img", "input", "col", "wbr", "source", "embed", "area", "param"}


class Source(Protocol):
    """Bytes to be read once from start to end."""

    def read(self, size: int = -1, /) -> bytes | None:
        """At most `size` bytes; empty at the end."""


class Node:
    """An element with all that is inside. `name` is `prefix:local` with the reader's own prefix."""

    __slots__ = ("attributes", "is_cut", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        """An element without content."""
        self.name = name
        self.attributes = attributes
        self.parts: list[str | Node] = []
        self.is_cut = False  # some text was left out because the item is too long

    def all(self, name: str) -> Iterator["Node"]:
        """The direct children of that name, in order."""
        return (part for part in self.parts if isinstance(part, Node) and part.name == name)

    def first(self, name: str) -> "Node | None":
        """The first direct child of that name, or None."""
        return next(self.all(name), None)

    def get(self, attribute: str) -> str:
        """An attribute without a prefix, stripped; empty when missing."""
        return self.attributes.get(attribute, "").strip()

    @property
    def content(self) -> str:
        """The text directly inside, as it stands."""
        return "".join(part for part in self.parts if isinstance(part, str))

    def text(self, name: str) -> str:
        """The stripped text of the first child of that name; empty when missing."""
        node = self.first(name)
        return node.content.strip() if node else ""

    def inner_markup(self) -> str:
        """What is inside, written as HTML again; for bodies that are XHTML."""
        return "".join(
            escape(part, quote=False) if isinstance(part, str) else part._markup()
            for part in self.parts
        )

    def _markup(self) -> str:
        name = self.name.rsplit(":", 1)[-1]
        attributes = "".join(
            f' {key}="{escape(value)}"' for key, value in self.attributes.items() if ":" not in key
        )
        if name in _XHTML_VOID:
            return f"<{name}{attributes}>"
        return f"<{name}{attributes}>{self.inner_markup()}</{name}>"


class XMLStream:
    """The items of one XML file.

    `prefix_by_uri` says how namespaces are called here; a prefix that the file uses without
    declaring it is taken at its word, an undeclared default namespace is `default`. Elements of
    namespaces that are not listed keep their URI in braces.

    After the first item `root` is the outermost element without its content; `dropped_count` says
    how many forbidden characters were left out so far.
    """

    def __init__(self, source: Source, *, prefix_by_uri: Mapping[str, str], default: str) -> None:
        """Nothing is read before `items()` or `root_name()` is called."""
        self._source = source
        self._handler = _Collector(prefix_by_uri, default)
        self.dropped_count = 0

    @property
    def root(self) -> Node | None:
        """The outermost element with its attributes, None before it was seen."""
        return self._handler.root

    def root_name(self) -> str:
        """The name of the outermost element; reads no further than needed.

        Raises:
            Refused: no XML, or hostile.
        """
        for _chunk in self._parsed():
            if self.root:
                break
        return self.root.name if self.root else ""

    def items(self, *, depth: int) -> Iterator[Node]:
        """Every element `depth` levels below the outermost one (0: that one itself), complete.

        Raises:
            Refused: no XML, damaged, cut off, or hostile; possibly after some items.
        """
        self._handler.depth_wanted = depth
        for _chunk in self._parsed():
            yield from self._handler.take()

    def _parsed(self) -> Iterator[None]:
        """Parses the file; gives control back after each piece and at the end."""
        parser = DefusedExpatParser(forbid_dtd=True)
        parser.setContentHandler(self._handler)
        try:
            for chunk in self._chunks():
                self._handler.silent_chars += len(chunk)
                parser.feed(chunk)
                if self._handler.silent_chars > MAX_TOKEN_CHARS:
                    raise Refused(_("The file holds a tag that is too long to be honest."))
                yield
            parser.close()
            yield
        except DefusedXmlException:
            raise Refused(
                _(
                    "The file has a document type declaration (<!DOCTYPE …>). No export of a blog "
                    "has one, and it can be used for an attack, so nothing was read."
                )
            ) from None
        except SAXParseException as error:
            raise Refused(_sentence(error)) from None

    def _chunks(self) -> Iterator[str]:
        """The file as text: decoded, without forbidden characters or blank start."""
        head = self._source.read(CHUNK_BYTES) or b""
        if not head.strip():
            raise Refused(_("The file is empty."))
        encoding = _encoding_of(head)
        decoder = codecs.getincrementaldecoder(encoding)()
        is_start = True
        while head:
            try:
                text = decoder.decode(head)
                head = self._source.read(CHUNK_BYTES) or b""
                if not head:
                    text += decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                raise Refused(
                    _("The file says that it is written in %(encoding)s, but it is not.")
                    % {"encoding": encoding}
                ) from None
            if is_start:
                text = text.removeprefix("\ufeff").lstrip()
                if not text.startswith("<"):
                    raise _no_xml()
                is_start = False
            text, dropped = _FORBIDDEN.subn("", text)
            self.dropped_count += dropped
            yield text


class _Collector(ContentHandler):
    """Builds a `Node` for each wanted element and forgets everything around it."""

    def __init__(self, prefix_by_uri: Mapping[str, str], default: str) -> None:
        super().__init__()
        self.root: Node | None = None
        self.depth_wanted = 1
        self.silent_chars = 0  # fed since the parser last reported anything
        self._prefix_by_uri = prefix_by_uri
        # What each open element declared, the innermost last; most declare nothing and share.
        self._scopes: list[dict[str, str]] = [{"": default}]
        self._open: list[Node] = []  # open elements of the item under way
        self._done: list[Node] = []
        self._item_chars = self._item_nodes = 0

    def take(self) -> list[Node]:
        """The items that were completed since the last call."""
        done, self._done = self._done, []
        return done

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (xml.sax)
        """Opens an element; prefixes are resolved here, because the file may not declare them."""
        self.silent_chars = 0
        depth = len(self._scopes) - 1
        if depth > MAX_DEPTH:
            raise Refused(_("The elements of the file are nested too deeply."))
        scope = self._scopes[-1]
        own: dict[str, str] = {}
        attributes: dict[str, str] = {}
        for key, value in attrs.items():
            if key == "xmlns":
                own[""] = self._prefix_by_uri.get(value, f"{{{value}}}")
            elif key.startswith("xmlns:"):
                own[key[6:]] = self._prefix_by_uri.get(value, f"{{{value}}}")
            else:
                attributes[key] = value
        if own:
            scope = {**scope, **own}
        self._scopes.append(scope)

        prefix, _colon, local = name.rpartition(":")
        space = scope.get(prefix, prefix)
        node = Node(f"{space}:{local}", attributes)
        if depth == 0:
            self.root = node if self.depth_wanted == 0 else Node(node.name, attributes)
        if depth < self.depth_wanted:
            return
        if depth == self.depth_wanted:
            self._item_chars = self._item_nodes = 0
        else:
            self._open[-1].parts.append(node)
            self._item_nodes += 1
            if self._item_nodes > MAX_ITEM_NODES:
                raise Refused(_("An item of the file has too many parts."))
        self._open.append(node)

    def characters(self, content: str) -> None:
        """Keeps text of the item under way, up to `MAX_ITEM_CHARS`."""
        self.silent_chars = 0
        if self._open:
            self._item_chars += len(content)
            if self._item_chars <= MAX_ITEM_CHARS:
                self._open[-1].parts.append(content)
            else:
                self._open[0].is_cut = self._open[-1].is_cut = True

    def endElement(self, name: str) -> None:  # noqa: N802 (xml.sax)
        """Closes an element; hands the item over when it was the outermost of it."""
        self.silent_chars = 0
        self._scopes.pop()
        if self._open:
            node = self._open.pop()
            if not self._open:
                self._done.append(node)


def _encoding_of(head: bytes) -> str:
    """The encoding, by byte order mark, by zero bytes, by declaration, else UTF-8."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(b"<\x00"):
        return "utf-16-le"
    if head.startswith(b"\x00<"):
        return "utf-16-be"
    if not head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise _no_xml()
    found = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8)[:400])
    name = found.group(1).decode("ascii") if found else "utf-8"
    if name.lower().replace("-", "").startswith("utf16"):
        # The bytes above would have shown it: the file was converted and the declaration kept.
        return "utf-8"
    if _ENCODING.fullmatch(name):
        try:
            return codecs.lookup(name).name
        except LookupError:
            pass
    raise Refused(
        _("The file is written in an encoding that is not known here: %(encoding)s.")
        % {"encoding": name}
    )


def _no_xml() -> Refused:
    """The refusal of a file that is something else."""
    return Refused(_("The file is no XML, so it is no export of a blog."))


def _sentence(error: SAXParseException) -> str:
    """What is wrong with the file, for a person."""
    cause = error.getException()
    if getattr(cause, "code", None) in _UNFINISHED:
        return _(
            "The file ends in the middle, at line %(line)d. Perhaps the download was cut off; "
            "nothing was imported."
        ) % {"line": error.getLineNumber()}
    return _("The file is no correct XML: at line %(line)d, %(what)s. Nothing was imported.") % {
        "line": error.getLineNumber(),
        "what": error.getMessage(),
    }
