// A picture on its own line, with its caption below; and a picture among the words.

import { Node, pm } from "../../../django_prose_editor/editor.js";
import { uploads } from "./uploads.js";

const number = (name) => ({
  default: null,
  parseHTML: (figure) => figure.querySelector("img")?.getAttribute(name) ?? null,
  rendered: false,
});

/** The attributes of the image element, those that say something. */
function imageAttributes({ src, alt, title, width, height }) {
  const all = { src, alt: alt ?? "", title, width, height };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
}

function isPlainFigure(figure) {
  const images = figure.querySelectorAll("img");
  const known = "img, a, figcaption, figcaption *";
  const isPlain = [...figure.querySelectorAll("*")].every((one) => one.matches(known));
  return images.length === 1 && isPlain && !images[0].closest("figcaption") ? {} : false;
}

export const Figure = Node.create({
  name: "figure",
  group: "block",
  content: "inline*",
  marks: "link bold italic strike code sub sup cite kbd abbr",
  isolating: true,
  defining: true,
  draggable: true,
  addOptions: () => ({ words: {} }),
  addAttributes() {
    return {
      src: number("src"),
      alt: number("alt"),
      title: number("title"),
      width: number("width"),
      height: number("height"),
      href: {
        default: null,
        rendered: false,
        parseHTML: (figure) => figure.querySelector("a:has(> img)")?.getAttribute("href") ?? null,
      },
      // Names an upload that goes on; it is never written into the text.
      upload: { default: null, rendered: false },
    };
  },
  parseHTML() {
    return [
      {
        tag: "figure",
        getAttrs: isPlainFigure,
        contentElement: (figure) =>
          figure.querySelector("figcaption") ?? document.createElement("figcaption"),
      },
    ];
  },
  renderHTML({ node, HTMLAttributes }) {
    const image = ["img", imageAttributes(node.attrs)];
    const shown = node.attrs.href ? ["a", { href: node.attrs.href }, image] : image;
    return ["figure", HTMLAttributes, shown, ["figcaption", 0]];
  },
  addNodeView() {
    return ({ node, getPos, editor }) => new FigureView(node, getPos, editor, this.options.words);
  },
  addKeyboardShortcuts() {
    const inFigure = () => {
      const { $from, empty } = this.editor.state.selection;
      return $from.parent.type.name === this.name ? { $from, empty } : null;
    };
    return {
      Enter: () => {
        const place = inFigure();
        if (!place) return false;
        const after = place.$from.after();
        return this.editor
          .chain()
          .insertContentAt(after, { type: "paragraph" })
          .setTextSelection(after + 1)
          .run();
      },
      Backspace: () => {
        const place = inFigure();
        if (!place?.empty || place.$from.parentOffset > 0) return false;
        return this.editor.commands.setNodeSelection(place.$from.before());
      },
    };
  },
});

class FigureView {
  constructor(node, getPos, editor, words) {
    this.getPos = getPos;
    this.editor = editor;
    this.words = words;
    this.dom = document.createElement("figure");
    this.frame = document.createElement("div");
    this.frame.className = "editor-picture";
    this.frame.contentEditable = "false";
    this.image = document.createElement("img");
    this.status = document.createElement("div");
    this.status.className = "editor-picture-status";
    this.frame.append(this.image, this.status);
    this.contentDOM = document.createElement("figcaption");
    this.dom.append(this.frame, this.contentDOM);
    this.frame.addEventListener("click", () => {
      editor.chain().setNodeSelection(this.getPos()).focus().run();
    });
    this.show(node);
  }

  show(node) {
    this.node = node;
    const { src, alt, width, height, align, upload } = node.attrs;
    this.dom.className = align ?? "";
    if (src && this.image.getAttribute("src") !== src) this.image.src = src;
    this.image.alt = alt ?? "";
    for (const [name, value] of [["width", width], ["height", height]]) {
      if (value == null) this.image.removeAttribute(name);
      else this.image.setAttribute(name, value);
    }
    this.contentDOM.dataset.placeholder = node.childCount ? "" : this.words.caption;
    this.stop?.();
    this.stop = upload ? uploads.watch(upload, (state) => this.showUpload(state)) : null;
    if (!upload) this.showMissingText(alt);
  }

  showMissingText(alt) {
    this.status.replaceChildren();
    if (alt || this.node.content.size) return;
    const mark = document.createElement("span");
    mark.className = "editor-picture-mark";
    mark.textContent = this.words.noAlt;
    this.status.append(mark);
  }

  showUpload(state) {
    if (state.done) {
      this.finish(state.done);
      return;
    }
    if (state.error) {
      const sentence = document.createElement("p");
      sentence.setAttribute("role", "alert");
      sentence.textContent = state.error;
      const retry = this.button(this.words.retry, () => uploads.retry(this.node.attrs.upload));
      const remove = this.button(this.words.remove, () => this.remove());
      this.status.replaceChildren(sentence, retry, remove);
      return;
    }
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = state.progress;
    bar.setAttribute("aria-label", `${this.words.uploading}: ${state.name}`);
    this.status.replaceChildren(bar);
  }

  button(words, act) {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = words;
    one.addEventListener("click", act);
    return one;
  }

  finish({ url, width_px, height_px, alternative_text }) {
    const position = this.getPos();
    if (position == null) return;
    const attrs = {
      ...this.node.attrs,
      src: url,
      width: width_px ?? null,
      height: height_px ?? null,
      alt: this.node.attrs.alt || alternative_text || "",
      upload: null,
    };
    // Not a step of its own: undoing takes the picture away, not its address.
    const tr = this.editor.state.tr.setNodeMarkup(position, null, attrs);
    this.editor.view.dispatch(tr.setMeta("addToHistory", false));
  }

  remove() {
    const from = this.getPos();
    this.editor.view.dispatch(this.editor.state.tr.delete(from, from + this.node.nodeSize));
    this.editor.commands.focus();
  }

  update(node) {
    if (node.type !== this.node.type) return false;
    this.show(node);
    return true;
  }

  selectNode() {
    this.dom.classList.add("ProseMirror-selectednode");
  }

  deselectNode() {
    this.dom.classList.remove("ProseMirror-selectednode");
  }

  stopEvent(event) {
    return event.target.closest?.(".editor-picture-status") != null;
  }

  ignoreMutation(change) {
    return change.type !== "selection" && !this.contentDOM.contains(change.target);
  }

  destroy() {
    this.stop?.();
  }
}

const own = (name) => ({ default: null, parseHTML: (image) => image.getAttribute(name) });

export const Picture = Node.create({
  name: "picture",
  group: "inline",
  inline: true,
  atom: true,
  draggable: true,
  addAttributes() {
    return {
      src: own("src"),
      alt: { default: "", parseHTML: (image) => image.getAttribute("alt") ?? "" },
      title: own("title"),
      width: own("width"),
      height: own("height"),
      class: own("class"),
    };
  },
  parseHTML: () => [{ tag: "img[src]" }],
  renderHTML: ({ HTMLAttributes }) => [
    "img",
    Object.fromEntries(Object.entries(HTMLAttributes).filter(([, value]) => value != null)),
  ],
});

/** Places one figure for each of `items`, attributes of the node, where the selection is or at `at`. */
export function insertFigures(editor, items, at = null) {
  const nodes = items.map((attrs) => editor.schema.nodes.figure.create(attrs));
  const { tr } = editor.state;
  let position = at ?? tr.selection.to;
  const $place = tr.doc.resolve(position);
  // Between blocks of the text itself or of a quote: a paragraph holds no figure.
  const isEmpty = $place.parent.isTextblock && !$place.parent.content.size && $place.depth === 1;
  if (isEmpty) {
    tr.replaceWith($place.before(), $place.after(), nodes);
    position = $place.before();
  } else {
    const depth = $place.depth ? 1 : 0;
    position = depth ? $place.after(depth) : position;
    tr.insert(position, nodes);
  }
  const end = position + nodes.reduce((size, node) => size + node.nodeSize, 0);
  // Whoever goes on writing writes below the pictures, not into the last caption.
  if (end >= tr.doc.content.size) tr.insert(end, editor.schema.nodes.paragraph.create());
  tr.setSelection(pm.state.Selection.near(tr.doc.resolve(end), 1));
  editor.view.dispatch(tr.scrollIntoView());
}
