// A footnote: a number among the words, whose text is written in a small field of its own.

import { Editor, Node as Kind } from "../../../django_prose_editor/editor.js";

const KEPT = new Set(
  "A ABBR B BR CITE CODE DEL EM I INS KBD MARK Q S SAMP SMALL STRONG SUB SUP U VAR".split(" "),
);

/** What `html` says, as nodes without anything that could act: it may have been pasted. */
function words(html) {
  const copy = (from, to) => {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      const isKept = KEPT.has(node.tagName);
      const element = isKept ? document.createElement(node.tagName) : to;
      if (isKept) {
        for (const name of ["href", "title"]) {
          const value = node.getAttribute(name);
          if (value != null && (name === "title" || /^(https?:|mailto:|tel:|[/#?])/i.test(value))) {
            element.setAttribute(name, value);
          }
        }
        to.append(element);
      }
      copy(node, element);
    }
    return to;
  };
  const { body } = new DOMParser().parseFromString(html, "text/html");
  return copy(body, document.createDocumentFragment());
}

export const Footnote = Kind.create({
  name: "footnote",
  group: "inline",
  inline: true,
  atom: true,
  addOptions: () => ({ words: {}, inline: null }),
  addAttributes() {
    return {
      html: {
        default: "",
        parseHTML: (note) => note.innerHTML,
        rendered: false,
      },
    };
  },
  parseHTML: () => [{ tag: "span[data-footnote]", priority: 100 }],
  renderHTML({ node }) {
    const note = document.createElement("span");
    note.dataset.footnote = "";
    note.append(words(node.attrs.html));
    return note;
  },
  addNodeView() {
    return ({ node, getPos, editor }) => {
      const dom = document.createElement("sup");
      dom.className = "editor-note";
      dom.contentEditable = "false";
      const button = document.createElement("button");
      button.type = "button";
      const name = (html) => {
        const text = new DOMParser().parseFromString(html, "text/html").body.textContent;
        button.setAttribute("aria-label", `${this.options.words.footnote}: ${text}`);
        button.title = text;
      };
      name(node.attrs.html);
      button.addEventListener("click", () => editor.commands.setNodeSelection(getPos()));
      dom.append(button);
      return {
        dom,
        update: (next) => {
          if (next.type.name !== "footnote") return false;
          name(next.attrs.html);
          return true;
        },
      };
    };
  },
});

/** A field for the text of the footnote that is selected in `editor`; `.destroy()` ends it. */
export function noteField(editor, position, label) {
  const { inline } = editor.extensionManager.extensions.find((one) => one.name === "footnote").options;
  const element = document.createElement("div");
  element.className = "editor-note-field";
  const field = new Editor({
    element,
    injectCSS: false,
    extensions: inline(),
    content: editor.state.doc.nodeAt(position).attrs.html,
    editorProps: {
      attributes: { role: "textbox", "aria-label": label, "aria-multiline": "true" },
      handleKeyDown: (_view, event) => {
        if (event.isComposing || event.keyCode === 229) return false;
        if (event.key !== "Escape" && event.key !== "Enter") return false;
        editor.view.focus(); // at once: the next key is on its way
        editor.commands.setTextSelection(position + 1);
        return true;
      },
    },
    onUpdate: () => {
      const html = field.getHTML().replace(/^<p>|<\/p>$/g, "");
      const note = editor.state.doc.nodeAt(position);
      if (note?.type.name !== "footnote") return;
      editor.view.dispatch(editor.state.tr.setNodeAttribute(position, "html", html));
    },
  });
  return { element, focus: () => field.commands.focus("end"), destroy: () => field.destroy() };
}
