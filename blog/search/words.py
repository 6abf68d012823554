"""Words as the index has them: one spelling for texts and for what is looked for.

A text becomes a line of words, one space around each: what it says in its order, then `_`, then
what helps to find it. Width, case and Latin accents are gone. Scripts that write no spaces are cut
into pairs of characters, each beginning where the last one's second half stood: 发表评论 is
`发表 表评 评论`, so any part of it is a row of words too. Behind the `_` stand single characters
(`评_`) and the stems of English words (`margin_` for *margins*).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from blog import markup

MAX_TERMS = 12  # of a query; who types more finds the text by the first twelve
MAX_TOKENS = 60  # of a query altogether
MAX_WORD_LENGTH = 64  # characters; what is longer is data, not a word
RUN_LENGTH = 1_000  # characters without a space that are looked at in one go
# PostgreSQL takes a megabyte of words for one text. A novel's chapter has 150 kB of them.
MAX_SIZE_BYTES = 900_000
MIN_PREFIX_LENGTH = 3  # letters of an unfinished last word: two would find half of all words

NO_WORDS = " _ "  # the line of a text without any

# Han with its extensions, kana, bopomofo, Hangul, Thai, Lao, Burmese, Khmer.
_DENSE = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7a3"
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3"
)
# Marks that stand inside words of scripts where `\w` would cut at them.
_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
_INDIC = "\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17dd\u1dc0-\u1dff"
_CHUNK = re.compile(rf"[\w{_MARKS}{_INDIC}]+")
_PART = re.compile(rf"([{_DENSE}]+)|([^{_DENSE}_]+)")
# Chinese and Japanese that was wrapped into lines has spaces where nobody reads any.
_HAN = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LINE_WRAP = re.compile(rf"(?<=[{_HAN}]) (?=[{_HAN}])")

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"'))
_DOUBLED = re.compile(r"([b-df-hj-np-rt-vx-y])\1$")
_VOWEL = re.compile("[aeiouy]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a folded text: one word, or a run of a script without spaces."""

    text: str
    is_run: bool

    @property
    def tokens(self) -> list[str]:
        """What the index has for it, in its place."""
        if not self.is_run or len(self.text) == 1:
            return [self.text]
        return [self.text[at : at + 2] for at in range(len(self.text) - 1)]


def parts(text: str) -> Iterator[Part]:
    """The words and runs of `text`, folded, in their order."""
    for line in text.split("\n"):
        for chunk in _CHUNK.findall(_LINE_WRAP.sub("", markup.fold(line))):
            if chunk.isascii():
                for word in chunk.split("_"):
                    if word:
                        yield Part(word[:MAX_WORD_LENGTH], is_run=False)
                continue
            for run, word in _PART.findall(chunk):
                if word:
                    yield Part(word[:MAX_WORD_LENGTH], is_run=False)
                # A long run in stretches that share a character, so that no pair is lost or double.
                for start in range(0, max(len(run) - 1, bool(run)), RUN_LENGTH):
                    yield Part(run[start : start + RUN_LENGTH + 1], is_run=True)


def line_of(text: str) -> str:
    """`text` as a line of words for the index. Never empty: "" is what nobody has looked at yet."""
    words: list[str] = []
    helps: dict[str, None] = {}
    size = 0
    for part in parts(text):
        tokens = part.tokens
        more = [f"{char}_" for char in part.text] if part.is_run else _helps(part.text)
        new = [word for word in more if word not in helps]
        size += sum(len(word.encode()) + 1 for word in (*tokens, *new))
        if size > MAX_SIZE_BYTES:
            break
        words += tokens
        helps.update(dict.fromkeys(new))
    return f" {' '.join([*words, '_', *helps])} "


def _helps(word: str) -> list[str]:
    stem = stem_of(word)
    return [f"{stem}_"] if stem else []


@lru_cache(maxsize=16_384)
def stem_of(word: str) -> str:
    """What the forms of an English word have in common: `make` and `making` are `mak`. "" for words
    that are too short to have forms, and for those of other scripts.

    Light on purpose: plurals, -ed and -ing. Words that meet by accident are ranked behind.
    """
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return ""
    if len(word) == 3:
        return word
    stem = word
    if stem.endswith("ies") and len(stem) > 4:
        stem = f"{stem[:-3]}y"
    elif stem.endswith(("sses", "shes", "ches", "xes", "zes")):
        stem = stem[:-2]
    elif stem.endswith("s") and not stem.endswith(("ss", "us", "is")):
        stem = stem[:-1]
    for ending in ("ing", "ed"):
        before = stem.removesuffix(ending)
        if before != stem and len(before) > 2 and _VOWEL.search(before):
            stem = _DOUBLED.sub(r"\1", before)
            break
    if len(stem) > 3 and stem.endswith("e"):
        stem = stem[:-1]
    return f"{stem[:-1]}i" if len(stem) > 3 and stem.endswith("y") else stem


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a text must have."""

    tokens: tuple[str, ...]  # in a row
    parts: tuple[Part, ...]  # what was typed, folded
    prefix: str = ""  # the last word may be unfinished: then words that begin so are found too

    @property
    def needle(self) -> str:
        """What a line of words has where the term is found."""
        return f" {' '.join(self.tokens)} "

    @property
    def typed(self) -> str:
        """What a line of words has each time that it stands there as it was typed, not in another
        form.
        """
        tokens = [token for part in self.parts for token in part.tokens]
        is_single = len(self.parts) == 1 and self.parts[0].is_run and len(self.parts[0].text) == 1
        return tokens[0] if is_single else f" {' '.join(tokens)} "


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for; a text must have every term."""

    terms: tuple[Term, ...]

    @property
    def is_open(self) -> bool:
        """Whether the last word may be unfinished."""
        return any(term.prefix for term in self.terms)


def read(text: str) -> Query:
    """What `text` asks for: every word of it, and what is in quotation marks as it stands there.

    There are no operators: whatever else is typed is a separator. No term at all when there is no
    word in it.
    """
    pieces = text.translate(_QUOTES).split('"')
    terms: dict[tuple[str, ...], Term] = {}
    count = 0
    for number, piece in enumerate(pieces):
        # Behind a mark that nobody closed stand plain words.
        is_quoted = number % 2 == 1 and number < len(pieces) - 1
        for stretch in [piece] if is_quoted else markup.fold(piece).split():
            for term in _terms(list(parts(stretch)), is_quoted=is_quoted):
                count += len(term.tokens)
                if len(terms) < MAX_TERMS and count <= MAX_TOKENS:
                    terms.setdefault(term.tokens, term)
    found = list(terms.values())
    is_finished = not text or text[-1].isspace() or text.translate(_QUOTES)[-1] == '"'
    if found and not is_finished:
        last = found[-1]
        typed = last.parts[0].text
        is_word = len(last.parts) == 1 and not last.parts[0].is_run
        if is_word and len(typed) >= MIN_PREFIX_LENGTH:
            found[-1] = Term(last.tokens, last.parts, prefix=typed)
    return Query(tuple(found))


def _terms(stretch: list[Part], *, is_quoted: bool) -> Iterator[Term]:
    """The terms that a stretch without spaces, or between quotation marks, asks for."""
    if len(stretch) == 1 and not stretch[0].is_run and not is_quoted:
        stem = stem_of(stretch[0].text)
        yield Term((f"{stem}_",) if stem else (stretch[0].text,), tuple(stretch))
        return
    row: list[Part] = []
    for part in [*stretch, None]:
        # A single character has no pair: it is looked for by itself.
        is_single = part is not None and part.is_run and len(part.text) == 1
        if row and (part is None or is_single):
            tokens = [token for one in row for token in one.tokens]
            yield Term(tuple(tokens[:MAX_TOKENS]), tuple(row))
            row = []
        if part is not None and is_single:
            yield Term((f"{part.text}_",), (part,))
        elif part is not None:
            row.append(part)
