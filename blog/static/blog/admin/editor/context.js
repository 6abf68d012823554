// The row below the toolbar: what can be said about the link, table, picture, listing or footnote
// in which the cursor stands. It is part of the page, not a window over it.

import { isAddress } from "./addresses.js";
import { noteField } from "./footnote.js";
import { el, say } from "./parts.js";

const LANGUAGES =
  "bash c cpp csharp css diff django go html ini java javascript json kotlin lua markdown php " +
  "powershell python ruby rust scss sql swift toml typescript xml yaml";
const SIDES = ["", "align-left", "align-center", "align-right"];

/** The row for `editor`; hidden while there is nothing to say. */
export function context(editor) {
  const element = el("div", { class: "editor-context", hidden: true });
  let shown = ""; // kind and place of what the row is about
  let isLinking = false;
  let note = null;

  const button = (name, act) => {
    const one = el("button", { type: "button", click: act }, say(name));
    one.addEventListener("mousedown", (event) => event.preventDefault());
    return one;
  };
  const back = (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    isLinking = false;
    editor.view.focus(); // at once: the next key is on its way
    update();
  };
  const field = (name, value, change, options = {}) => {
    const input = el("input", { type: "text", value, autocomplete: "off", form: "", ...options });
    input.addEventListener("input", () => change(input.value));
    input.addEventListener("keydown", back);
    return [el("label", {}, el("span", {}, say(name)), input), input];
  };

  // --- Kinds ---

  function linkRow() {
    const old = editor.getAttributes("link").href ?? "";
    const [label, input] = field("linkAddress", old, () => input.setCustomValidity(""), {
      inputmode: "url",
      list: "editor-own-pages",
    });
    const apply = () => {
      let address = input.value.trim();
      if (/^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(address)) address = `https://${address}`;
      if (address && !isAddress(address)) {
        input.setCustomValidity(say("noAddress"));
        input.reportValidity();
        return;
      }
      isLinking = false;
      editor.view.focus();
      const chain = editor.chain().extendMarkRange("link");
      if (!address) chain.unsetMark("link").run();
      else if (editor.state.selection.empty && !old) {
        const text = { type: "text", text: address, marks: [{ type: "link", attrs: { href: address } }] };
        chain.insertContent(text).unsetMark("link").run();
      } else {
        const { to } = editor.state.selection;
        chain.setMark("link", { href: address }).setTextSelection(old ? editor.state.selection.to : to).run();
      }
      update();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      apply();
    }, { capture: true });
    const remove = () => {
      isLinking = false;
      editor.chain().focus().extendMarkRange("link").unsetMark("link").run();
      update();
    };
    return [label, button("apply", apply), ...(old ? [button("removeLink", remove)] : [])];
  }

  function tableRow() {
    const act = (name) => () => editor.chain().focus()[name]().run();
    return [
      button("rowAbove", act("addRowBefore")),
      button("rowBelow", act("addRowAfter")),
      button("columnBefore", act("addColumnBefore")),
      button("columnAfter", act("addColumnAfter")),
      button("headRow", act("toggleHeaderRow")),
      button("deleteRow", act("deleteRow")),
      button("deleteColumn", act("deleteColumn")),
      button("deleteTable", act("deleteTable")),
    ];
  }

  function pictureRow({ node, position }) {
    const set = (name) => (value) => {
      if (editor.state.doc.nodeAt(position)?.type !== node.type) return;
      editor.view.dispatch(editor.state.tr.setNodeAttribute(position, name, value || (name === "alt" ? "" : null)));
    };
    const [label] = field("alternativeText", node.attrs.alt ?? "", set("alt"));
    const parts = [label];
    if (node.type.name === "figure") {
      const side = el("select", { form: "" });
      for (const one of SIDES) side.append(new Option(say(one || "align-none"), one));
      side.value = node.attrs.align ?? "";
      side.addEventListener("change", () => set("align")(side.value));
      side.addEventListener("keydown", back);
      parts.push(el("label", {}, el("span", {}, say("place")), side));
    }
    const remove = () => {
      const now = editor.state.doc.nodeAt(position);
      editor.chain().focus().deleteRange({ from: position, to: position + now.nodeSize }).run();
    };
    return [...parts, button("removePicture", remove)];
  }

  function listingRow() {
    const list = el("datalist", { id: "editor-languages" });
    for (const name of LANGUAGES.split(" ")) list.append(new Option(name));
    const change = (value) => {
      const language = value.trim().toLowerCase().replace(/[^\w.+#-]/g, "") || null;
      editor.commands.updateAttributes("codeBlock", { language });
    };
    const old = editor.getAttributes("codeBlock").language ?? "";
    return [field("codeLanguage", old, change, { list: "editor-languages", spellcheck: "false" })[0], list];
  }

  function noteRow({ position }) {
    note = noteField(editor, position, say("footnote"));
    const remove = () => editor.chain().focus().deleteRange({ from: position, to: position + 1 }).run();
    return [el("span", { "aria-hidden": "true" }, say("footnote")), note.element, button("remove", remove)];
  }

  /** What the cursor is in: a kind, and where. */
  function subject() {
    const { selection } = editor.state;
    const { $from, node } = selection;
    if (isLinking) return { kind: "link", position: selection.from };
    if (node && ["figure", "picture"].includes(node.type.name)) {
      return { kind: "picture", position: selection.from, node };
    }
    if (node?.type.name === "footnote") return { kind: "note", position: selection.from };
    if ($from.parent.type.name === "figure") {
      return { kind: "picture", position: $from.before(), node: $from.parent };
    }
    if (editor.isActive("codeBlock")) return { kind: "listing", position: $from.before() };
    if (editor.isActive("link")) return { kind: "link", position: $from.start() };
    if (editor.isActive("table")) return { kind: "table", position: 0 };
    return null;
  }

  const rows = { link: linkRow, table: tableRow, picture: pictureRow, listing: listingRow, note: noteRow };

  function update() {
    // While somebody writes in the row it stays as it is, whatever that does to the text.
    if (element.contains(document.activeElement) && shown && !element.hidden) return;
    const about = subject();
    const next = about ? `${about.kind} ${about.position} ${about.kind === "link" ? editor.getAttributes("link").href : ""}` : "";
    if (next === shown) return;
    shown = next;
    note?.destroy();
    note = null;
    element.hidden = !about;
    element.replaceChildren(...(about ? rows[about.kind](about) : []));
  }

  element.addEventListener("focusout", (event) => {
    if (element.contains(event.relatedTarget)) return;
    isLinking = false;
    setTimeout(update);
  });

  return {
    element,
    update,
    edit() {
      update();
      if (note) note.focus();
      else element.querySelector("input")?.focus();
    },
    editLink() {
      if (editor.isActive("codeBlock")) return;
      isLinking = true;
      shown = "";
      update();
      element.querySelector("input")?.select();
    },
    destroy: () => note?.destroy(),
  };
}
