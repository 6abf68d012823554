// What a rich text may hold: the elements that the server's cleaner lets through unchanged.

import {
  Blockquote,
  Bold,
  BulletList,
  Code,
  CodeBlock,
  Document,
  Dropcursor,
  Extension,
  Gapcursor,
  HardBreak,
  Heading,
  HorizontalRule,
  InputRule,
  Italic,
  ListItem,
  Mark,
  Node,
  OrderedList,
  Paragraph,
  Placeholder,
  Strike,
  Table,
  TableCell,
  TableHeader,
  TableRow,
  Text,
  TrailingNode,
  UndoRedo,
  mergeAttributes,
  pm,
  textblockTypeInputRule,
  wrappingInputRule,
} from "../../../django_prose_editor/editor.js";
import { isAddress } from "./addresses.js";
import { Figure, Picture } from "./figure.js";
import { Footnote } from "./footnote.js";

/** An attribute that stands in the HTML under its own name. */
const plain = (name, fallback = null) => ({
  default: fallback,
  parseHTML: (element) => element.getAttribute(name) ?? fallback,
  renderHTML: (attributes) =>
    attributes[name] === fallback ? {} : { [name]: attributes[name] },
});

const ALIGNED = /^(align|text)-(left|right|center)$/;

/** The place of a block: one of the classes that the style sheet of posts knows. */
export const alignment = {
  default: null,
  parseHTML: (element) => [...element.classList].find((name) => ALIGNED.test(name)) ?? null,
  renderHTML: ({ align }) => (align ? { class: align } : {}),
};

const Places = Extension.create({
  name: "places",
  addGlobalAttributes() {
    const types = ["paragraph", "heading", "table", "tableCell", "tableHeader", "figure"];
    return [{ types, attributes: { align: alignment } }];
  },
});

// A post's title is the page's first heading, so the text begins with the second.
const Headings = Heading.extend({
  parseHTML() {
    return [1, 2, 3, 4, 5, 6].map((level) => ({
      tag: `h${level}`,
      attrs: { level: Math.max(level, 2) },
    }));
  },
  addInputRules() {
    return [
      [/^##?\s$/, 2],
      [/^###\s$/, 3],
      [/^####\s$/, 4],
    ].map(([find, level]) =>
      textblockTypeInputRule({ find, type: this.type, getAttributes: { level } }),
    );
  },
}).configure({ levels: [2, 3, 4, 5, 6] });

const Numbers = OrderedList.extend({
  addAttributes() {
    return {
      start: {
        default: 1,
        parseHTML: (element) => Number(element.getAttribute("start") ?? 1),
      },
      type: plain("type"),
      reversed: plain("reversed"),
    };
  },
  renderHTML({ HTMLAttributes }) {
    const { start, ...rest } = HTMLAttributes;
    return ["ol", start === 1 ? rest : { start, ...rest }, 0];
  },
  addInputRules() {
    return [
      wrappingInputRule({
        find: /^(\d+)[.、]\s$/,
        type: this.type,
        getAttributes: (match) => ({ start: Number(match[1]) }),
        joinPredicate: (match, node) => node.childCount + node.attrs.start === Number(match[1]),
      }),
    ];
  },
});

const Items = ListItem.extend({
  addAttributes() {
    return {
      // Markdown writes <li>words</li> when no empty line stands between the items.
      isTight: {
        default: true,
        parseHTML: (item) =>
          !item.hasAttribute("data-loose") &&
          ![...item.children].some((child) => child.tagName === "P"),
        renderHTML: ({ isTight }) => (isTight ? {} : { "data-loose": "" }),
      },
      class: {
        default: null,
        parseHTML: (item) => (item.classList.contains("task-item") ? "task-item" : null),
      },
    };
  },
});

const Listing = CodeBlock.extend({
  addInputRules() {
    const getAttributes = (match) => ({ language: match[1]?.toLowerCase() || null });
    return [/^```([\w.+#-]*)[\s\n]$/, /^~~~([\w.+#-]*)[\s\n]$/].map((find) =>
      textblockTypeInputRule({ find, type: this.type, getAttributes }),
    );
  },
});

const Link = Mark.create({
  name: "link",
  priority: 1000,
  keepOnSplit: false,
  inclusive: false,
  addAttributes() {
    return { href: plain("href"), title: plain("title"), hreflang: plain("hreflang"), class: plain("class") };
  },
  parseHTML() {
    return [{ tag: "a[href]", getAttrs: (link) => isAddress(link.getAttribute("href")) && null }];
  },
  renderHTML({ HTMLAttributes }) {
    return ["a", HTMLAttributes, 0];
  },
  addInputRules() {
    // An address that was typed, at the space after it.
    return [
      new InputRule({
        find: /(?:^|[\s（(，。：；、])(https?:\/\/[^\s<>"]+)\s$/,
        handler: ({ state, range, match }) => {
          const address = match[1].replace(/[.,;:!?'"，。；：！？）)]+$/, "");
          const from = range.from + match[0].indexOf(match[1]);
          const mark = this.type.create({ href: address });
          state.tr.addMark(from, from + address.length, mark).removeStoredMark(this.type);
        },
      }),
    ];
  },
});

const BoldWords = Bold.extend({
  parseHTML() {
    return [{ tag: "strong" }, { tag: "b", getAttrs: (one) => one.style.fontWeight !== "normal" && null }];
  },
});

const StruckWords = Strike.extend({
  parseHTML() {
    return [{ tag: "s" }, { tag: "strike" }];
  },
});

// Elements that the toolbar doesn't offer, but that a text may bring along.
const QUIET = ["u", "sub", "sup", "mark", "small", "kbd", "cite", "q", "ins", "del", "samp", "var"];
const quietMarks = QUIET.map((tag) =>
  Mark.create({
    name: tag,
    excludes: "",
    parseHTML: () => [{ tag }],
    renderHTML: () => [tag, 0],
  }),
);

const Abbreviation = Mark.create({
  name: "abbr",
  addAttributes: () => ({ title: plain("title") }),
  parseHTML: () => [{ tag: "abbr" }],
  renderHTML: ({ HTMLAttributes }) => ["abbr", HTMLAttributes, 0],
});

const TaskBox = Mark.create({
  name: "taskBox",
  inclusive: false,
  parseHTML: () => [{ tag: "span.task-box" }],
  renderHTML: () => ["span", { class: "task-box" }, 0],
});

const More = Node.create({
  name: "more",
  group: "block",
  atom: true,
  selectable: true,
  parseHTML: () => [{ tag: "a#more" }],
  renderHTML: () => ["a", { id: "more" }],
  addNodeView() {
    return () => {
      const dom = document.createElement("div");
      dom.className = "editor-more";
      dom.textContent = this.options.words;
      return { dom };
    };
  },
  addOptions: () => ({ words: "" }),
});

const PlainTable = Table.extend({
  addNodeView() {
    return null; // the package's own writes widths, which a text of ours doesn't have
  },
  renderHTML({ HTMLAttributes }) {
    return ["table", HTMLAttributes, ["tbody", 0]];
  },
}).configure({ resizable: false });

const plainCell = {
  addAttributes() {
    const number = (name) => ({
      default: 1,
      parseHTML: (cell) => Number(cell.getAttribute(name) ?? 1),
      renderHTML: (attributes) => (attributes[name] > 1 ? { [name]: attributes[name] } : {}),
    });
    return {
      colspan: number("colspan"),
      rowspan: number("rowspan"),
      colwidth: { default: null, rendered: false, parseHTML: () => null },
      scope: plain("scope"),
    };
  },
};

/** All extensions; `words` are the sentences that stand inside the text while it is written. */
export function schema(words) {
  return [
    Document,
    Text,
    Paragraph,
    Headings,
    Blockquote,
    BulletList,
    Numbers,
    Items,
    Listing,
    HorizontalRule,
    HardBreak,
    PlainTable,
    TableRow,
    TableCell.extend(plainCell),
    TableHeader.extend(plainCell),
    Figure.configure({ words }),
    Picture,
    Footnote.configure({ words, inline: inlineSchema }),
    More.configure({ words: words.more }),
    Places,
    ...inlineMarks(),
    TaskBox,
    UndoRedo,
    Dropcursor.configure({ color: false, class: "editor-drop" }),
    Gapcursor,
    TrailingNode,
    Placeholder.configure({ placeholder: words.placeholder, showOnlyCurrent: true }),
  ];
}

function inlineMarks() {
  return [Link, BoldWords, Italic, StruckWords, Code, Abbreviation, ...quietMarks];
}

/** What a footnote may hold: words in one paragraph. */
export function inlineSchema() {
  return [Document.extend({ content: "paragraph" }), Paragraph, Text, HardBreak, UndoRedo, ...inlineMarks()];
}

export { mergeAttributes, pm };
