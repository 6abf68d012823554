"""Code blocks with coloured words: one pre element, the parts of speech as classes.

The classes are words (`code-string`) and few: Pygments' eighty token types are folded into them,
which keeps the HTML short. Each has a colour in `blog/static/blog/css/code.css`.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

CODE_CLASSES: Final = (
    "code-keyword",
    "code-name",
    "code-string",
    "code-number",
    "code-comment",
    "code-operator",
    "code-tag",
    "code-attribute",
    "code-heading",
    "code-inserted",
    "code-deleted",
)

# The nearest ancestor named here decides; None is the colour of plain text.
_CLASS_BY_TOKEN: Final[dict[_TokenType, str | None]] = {
    Token: None,
    Token.Keyword: "code-keyword",
    Token.Operator.Word: "code-keyword",
    Token.Name.Function: "code-name",
    Token.Name.Class: "code-name",
    Token.Name.Builtin: "code-name",
    Token.Name.Exception: "code-name",
    Token.Name.Decorator: "code-attribute",
    Token.Name.Tag: "code-tag",
    Token.Name.Attribute: "code-attribute",
    Token.Literal.String: "code-string",
    Token.Literal.Number: "code-number",
    Token.Comment: "code-comment",
    Token.Operator: "code-operator",
    Token.Generic.Heading: "code-heading",
    Token.Generic.Subheading: "code-heading",
    Token.Generic.Inserted: "code-inserted",
    Token.Generic.Deleted: "code-deleted",
}

# For strangers' text: what people show each other. The other five hundred lexers have regular
# expressions nobody has looked at; make's are quadratic on almost everything.
COMMON_LANGUAGES: Final = frozenset({
    "bash", "c", "console", "cpp", "csharp", "css", "diff", "django", "go", "html", "ini",
    "java", "javascript", "js", "json", "kotlin", "lua", "markdown", "php", "powershell", "py",
    "python", "python3", "rb", "rs", "ruby", "rust", "sass", "scss", "sh", "shell", "sql",
    "swift", "toml", "ts", "typescript", "xml", "yaml", "yml",
})  # fmt: skip

# Some lexers take quadratic time on hostile input: 4 s for 10,000 characters of blank C# lines.
MAX_COLOURED_CHARS = 20_000  # one listing of an author, about 600 lines
MAX_COLOURED_CHARS_OF_COMMENT = 2_500  # all listings of one comment: 0.3 s at worst

_LANGUAGE: Final = re.compile(r"[\w.+#-]{1,30}", re.ASCII)


def code_html(code: str, *, language: str = "", coloured: bool = True, dir: str = "") -> str:
    """`code` as one `<pre>`, its words coloured when wished and Pygments knows `language`."""
    name = language.lower() if _LANGUAGE.fullmatch(language) else ""
    lexer = _lexer(name) if coloured and len(code) <= MAX_COLOURED_CHARS else None
    inner = escape(code, quote=False) if lexer is None else _coloured(code, lexer)
    direction = f' dir="{dir}"' if dir else ""
    spoken = f' class="language-{name}"' if name else ""
    return f'<pre{direction} tabindex="0"><code{spoken}>{inner}</code></pre>\n'


def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(name, stripnl=False, ensurenl=False) if name else None
    except ClassNotFound:
        return None


def _coloured(code: str, lexer: Lexer) -> str:
    words = ((_class(token), text) for token, text in lexer.get_tokens(code))
    parts: list[str] = []
    for name, run in groupby(words, key=itemgetter(0)):
        text = escape("".join(text for _, text in run), quote=False)
        parts.append(f'<span class="{name}">{text}</span>' if name and text.strip() else text)
    return "".join(parts)


def _class(token: _TokenType) -> str | None:
    known: _TokenType | None = token
    while known and known not in _CLASS_BY_TOKEN:
        known = known.parent
    return _CLASS_BY_TOKEN.get(known or Token)
