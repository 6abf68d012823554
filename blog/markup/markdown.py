"""Markdown of posts and of comments, made into HTML that still has to be cleaned.

CommonMark by markdown-it, with three changes for Chinese, which writes no spaces: emphasis may
end against a Chinese character (`**重点：**内容`), a bare address may begin and end against one,
and a line end between two of them leaves no gap. markdown-it's own finder of bare addresses
(linkify-it 2.2) is not used: it sees none after a Chinese character and takes 。 into them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import text as text_rule
from markdown_it.rules_inline.emphasis import tokenize as emphasis_rule
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.footnote import footnote_plugin

from blog.markup.code import COMMON_LANGUAGES, MAX_COLOURED_CHARS_OF_COMMENT, code_html

MAX_LEVEL = 16  # markdown-it counts a quote as one level and a list as two; deeper is plain text

_CJK: Final = (
    "\u2e80-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
_IS_CJK: Final = re.compile(f"[{_CJK}]")

_BARE_START: Final = re.compile(r"(?<![A-Za-z0-9_/.@:-])(?:https?://|www\.)", re.IGNORECASE)
# Host in ASCII, or with any letters; then a path that ends at white space, at quotes and brackets,
# at typographic punctuation and at Chinese, which people write on without a space.
_BARE: Final = re.compile(
    rf"(?:https?://|(?=www\.))"
    rf"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*(?!(?![{_CJK}])[^\W_])|[^\W_][\w-]*(?:\.[^\W_][\w-]*)+)"
    rf"(?::[0-9]{{1,5}})?(?:[/?#][^\s<>\"\[\]\\`{{|}}\u2000-\u206f{_CJK}]*)?",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?'*_~)"

_TASK: Final = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BOXES: Final = {" ": "\N{BALLOT BOX}", "x": "\N{BALLOT BOX WITH CHECK}"}

_DIRECTED: Final = frozenset({"blockquote_open", "bullet_list_open", "list_item_open"}) | {
    "ordered_list_open",
    "paragraph_open",
}


class _CommentMarkdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  (a name of markdown-it)
        """Only whole addresses; a path would point into our own site under a stranger's words."""
        return re.match(r"https?://|mailto:", url, re.IGNORECASE) is not None


def post_html(source: str) -> str:
    """HTML of a post's or page's Markdown; not clean yet."""
    return str(_POST.render(source))


def comment_html(source: str) -> str:
    """HTML of a comment's Markdown; tags in it are text, but not clean yet."""
    return str(_COMMENT.render(source))


# Rules -------------------------------------------------------------------------------------------


def _quote(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return state.level < MAX_LEVEL and blockquote(state, start, end, silent)


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    return state.level < MAX_LEVEL and list_block(state, start, end, silent)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """The usual rule; a Chinese neighbour counts as a gap, as a space does elsewhere."""
    start, count = state.pos, len(state.delimiters)
    if not emphasis_rule(state, silent):
        return False
    before = state.src[start - 1 : start] or " "
    after = state.src[state.pos : state.pos + 1] or " "
    if state.src[start] == "*" and (_IS_CJK.match(before) or _IS_CJK.match(after)):
        for delimiter in state.delimiters[count:]:
            delimiter.open = not after.isspace() and (not _is_mark(after) or _is_gap(before))
            delimiter.close = not before.isspace() and (not _is_mark(before) or _is_gap(after))
    return True


def _is_mark(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _is_gap(char: str) -> bool:
    return char.isspace() or _is_mark(char) or _IS_CJK.match(char) is not None


def _text(state: StateInline, silent: bool) -> bool:
    """The usual run of plain text, ended before a bare address so that `_bare_link` sees it."""
    start = state.pos
    if not text_rule(state, True):
        return False
    found = _BARE_START.search(state.src, start + 1, min(state.pos + 8, state.posMax))
    if found and found.start() < state.pos:
        state.pos = found.start()
    if not silent:
        state.append_pending(state.src[start : state.pos])
    return True


def _bare_link(state: StateInline, silent: bool) -> bool:
    if state.linkLevel > 0 or not _BARE_START.match(state.src, state.pos):
        return False
    found = _BARE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    address = _trimmed(found[0])
    target = address if "://" in address[:8] else f"https://{address}"
    target = state.md.normalizeLink(target)
    if "." not in address or not state.md.validateLink(target):
        return False
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": target}
        state.push("text", "", 0).content = state.md.normalizeLinkText(address)
        state.push("link_close", "a", -1)
    state.pos += len(address)
    return True


def _trimmed(address: str) -> str:
    """`address` without the punctuation of the sentence around it; paired brackets stay."""
    unpaired = address.count(")") - address.count("(")
    end = len(address)
    while address[end - 1] in _TRAILING:
        if address[end - 1] == ")":
            if unpaired <= 0:
                break
            unpaired -= 1
        end -= 1
    return address[:end]


def _tasks(state: StateCore) -> None:
    """`- [ ] …` as a box that is a character: it reads the same in feeds, mails and searches."""
    for item, _paragraph, inline in zip(
        state.tokens, state.tokens[1:], state.tokens[2:], strict=False
    ):
        match = _TASK.match(inline.content)
        if item.type != "list_item_open" or inline.type != "inline" or not match:
            continue
        first = (inline.children or [Token("text", "", 0)])[0]
        if first.type != "text" or not first.content.startswith(match[0][:3]):
            continue
        item.attrJoin("class", "task-item")
        first.content = first.content[3:]
        box = Token("html_inline", "", 0)
        box.content = f'<span class="task-box">{_BOXES[match[1].lower()]}</span>'
        inline.children = [box, *(inline.children or [])]


def _directions(state: StateCore) -> None:
    """Each block finds its own direction, so that mixed languages read right."""
    for token in state.tokens:
        if token.type in _DIRECTED:
            token.attrSet("dir", "auto")


def _post_code(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    return code_html(tokens[idx].content, language=_language(tokens[idx]))


def _comment_code(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    code, language = tokens[idx].content, _language(tokens[idx])
    env["coloured_chars"] = env.get("coloured_chars", 0) + len(code)
    is_cheap = env["coloured_chars"] <= MAX_COLOURED_CHARS_OF_COMMENT
    coloured = is_cheap and language.lower() in COMMON_LANGUAGES
    return code_html(code, language=language, coloured=coloured, dir="ltr")


def _language(token: Token) -> str:
    words = unescapeAll(token.info).split(maxsplit=1)
    return words[0] if words else ""


def _soft_break(
    renderer: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    before = tokens[idx - 1].content[-1:] if idx else ""
    after = tokens[idx + 1].content[:1] if idx + 1 < len(tokens) else ""
    return "" if _IS_CJK.match(before) and _IS_CJK.match(after) else "\n"


# Parsers -----------------------------------------------------------------------------------------


def _with_our_rules(parser: MarkdownIt) -> MarkdownIt:
    quote_ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    list_ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote"]}
    parser.block.ruler.at("blockquote", _quote, quote_ends)
    parser.block.ruler.at("list", _list, list_ends)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("text", _text)
    parser.inline.ruler.before("text", "bare_link", _bare_link)
    return parser


def _post_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 100})
    parser.enable(["table", "strikethrough"]).use(footnote_plugin)
    parser.core.ruler.after("inline", "tasks", _tasks)
    parser.add_render_rule("fence", _post_code)
    parser.add_render_rule("code_block", _post_code)
    parser.add_render_rule("softbreak", _soft_break)
    return _with_our_rules(parser)


def _comment_parser() -> MarkdownIt:
    parser = _CommentMarkdown("commonmark", {"html": False, "breaks": True, "maxNesting": 100})
    parser.disable(["heading", "lheading", "hr", "html_block", "html_inline", "image", "reference"])
    parser.core.ruler.push("directions", _directions)
    parser.add_render_rule("fence", _comment_code)
    parser.add_render_rule("code_block", _comment_code)
    return _with_our_rules(parser)


_POST: Final = _post_parser()
_COMMENT: Final = _comment_parser()
