// The rich text editor: what stands in the form's text field is always the HTML of what is seen.

import { Editor } from "../../../django_prose_editor/editor.js";
import { isAddress } from "./addresses.js";
import { context } from "./context.js";
import { insertFigures } from "./figure.js";
import { emit, load } from "./html.js";
import { afterPause, el, isShortcut, keys, say } from "./parts.js";
import { cleaned } from "./paste.js";
import { schema } from "./schema.js";
import { toolbar } from "./toolbar.js";
import { uploads } from "./uploads.js";

const SYNC_MS = 200; // a long text takes a few milliseconds to be written out
const LEVELS = [2, 3, 4];

const wordsInside = () => ({
  placeholder: say("startWriting"),
  more: say("moreHere"),
  caption: say("caption"),
  noAlt: say("noAlt"),
  retry: say("retry"),
  remove: say("remove"),
  uploading: say("uploading"),
  footnote: say("footnote"),
});

/** HTML as it would come out of the editor again; nothing is shown. */
export function roundTrip(html) {
  const editor = new Editor({ element: null, injectCSS: false, extensions: schema(wordsInside()) });
  const result = emit(load(html, editor.schema));
  editor.destroy();
  return result;
}

/** The editor over `textarea`, filled with clean `html`; writes nothing until something changes. */
export function richEditor(textarea, html, { label, language, isOther }) {
  const element = el("div", { class: "editor-text" });
  let isChanged = false;

  const editor = new Editor({
    element,
    injectCSS: false, // its style element is the one thing our policy would refuse
    extensions: schema(wordsInside()),
    editorProps: {
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": label,
        class: "editor-page",
        dir: "auto",
        ...(language ? { lang: language } : {}),
      },
      transformPastedHTML: (pasted, view) => (isOwn(pasted) ? pasted : pasteHtml(pasted, view)),
      handlePaste,
      handleDrop,
      handleKeyDown: (_view, event) => onKey(event),
    },
    onUpdate: () => {
      isChanged = true;
      later();
    },
    onTransaction: () => showState(),
  });

  const write = () => {
    if (!isChanged) return;
    textarea.value = emit(editor.state.doc);
    isChanged = false;
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
    textarea.dispatchEvent(new CustomEvent("written", { bubbles: true }));
  };
  const later = afterPause(() => (editor.view.composing ? later() : write()), SYNC_MS);

  // Whoever reads the form, to save it or to show it, gets what is seen at that moment.
  const fillIn = (event) => {
    if (!isChanged) return;
    textarea.value = emit(editor.state.doc);
    event.formData.set(textarea.name, textarea.value);
  };
  textarea.form.addEventListener("formdata", fillIn);

  // --- Pictures ---

  const picker = el("input", {
    type: "file",
    accept: "image/jpeg,image/png,image/gif,image/webp,image/avif",
    multiple: true,
    hidden: true,
    "aria-label": say("picture"),
  });
  picker.addEventListener("change", () => {
    addFiles([...picker.files]);
    picker.value = "";
  });

  function addFiles(files, at = null) {
    const pictures = files.filter((file) => file.type.startsWith("image/"));
    if (!pictures.length || !uploads.address) return false;
    const items = pictures.map((file) => ({ src: URL.createObjectURL(file), alt: "", upload: uploads.start(file) }));
    insertFigures(editor, items, at);
    return true;
  }

  // --- Paste and drop ---

  function isOwn(pasted) {
    return /data-pm-slice/.test(pasted) && !/mso-|docs-internal/.test(pasted);
  }

  function pasteHtml(pasted) {
    return cleaned(pasted, (address) => {
      const file = fileOf(address);
      return file && uploads.address ? { src: URL.createObjectURL(file), upload: uploads.start(file) } : null;
    });
  }

  function handlePaste(view, event) {
    const data = event.clipboardData;
    const files = [...data.files].filter((file) => file.type.startsWith("image/"));
    const hasWords = data.getData("text/plain").trim() || /<(p|table|li|h\d)\b/i.test(data.getData("text/html"));
    if (files.length && !hasWords) return addFiles(files);
    const text = data.getData("text/plain").trim();
    if (/^https?:\/\/\S+$/.test(text) && !view.state.selection.empty && isAddress(text)) {
      return editor.chain().setMark("link", { href: text }).run();
    }
    return false;
  }

  function handleDrop(view, event) {
    const files = [...(event.dataTransfer?.files ?? [])];
    const place = view.posAtCoords({ left: event.clientX, top: event.clientY });
    return files.length > 0 && addFiles(files, place?.pos ?? null);
  }

  // --- Toolbar ---

  const chain = () => editor.chain().focus();
  const on = (name, attributes) => () => editor.isActive(name, attributes);
  const toggle = (name) => () => chain().toggleMark(name).run();
  const kind = el("select", { "aria-label": say("kindOfParagraph"), title: say("kindOfParagraph") });
  kind.append(new Option(say("paragraph"), ""));
  for (const level of LEVELS) kind.append(new Option(say(`heading${level}`), level));
  kind.addEventListener("change", () => {
    const level = Number(kind.value);
    if (level) chain().setNode("heading", { level }).run();
    else chain().setNode("paragraph").run();
  });

  const about = context(editor);
  const actions = [
    [
      { name: "bold", icon: "bold", key: "Mod-B", act: toggle("bold"), isOn: on("bold") },
      { name: "italic", icon: "italic", key: "Mod-I", act: toggle("italic"), isOn: on("italic") },
      { name: "strike", icon: "strike", key: "Mod-Shift-S", act: toggle("strike"), isOn: on("strike") },
      { name: "code", icon: "code", key: "Mod-E", act: toggle("code"), isOn: on("code") },
      { name: "link", icon: "link", key: "Mod-K", act: () => about.editLink(), isOn: on("link") },
    ],
    [
      { name: "bullets", icon: "bullets", key: "Mod-Shift-8", act: () => chain().toggleBulletList().run(), isOn: on("bulletList") },
      { name: "numbers", icon: "numbers", key: "Mod-Shift-7", act: () => chain().toggleOrderedList().run(), isOn: on("orderedList") },
      { name: "quote", icon: "quote", key: "Mod-Shift-B", act: () => chain().toggleBlockquote().run(), isOn: on("blockquote") },
      { name: "listing", icon: "listing", key: "Mod-Alt-C", act: () => chain().toggleCodeBlock().run(), isOn: on("codeBlock") },
    ],
    [
      ...(uploads.address ? [{ name: "picture", icon: "picture", act: () => picker.click() }] : []),
      { name: "table", icon: "table", act: () => chain().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run() },
      { name: "footnote", icon: "note", key: "Mod-Alt-F", act: addNote },
      { name: "rule", icon: "rule", act: () => chain().setHorizontalRule().run() },
      { name: "more", icon: "more", act: addMore },
    ],
    [
      { name: "undo", icon: "undo", key: "Mod-Z", act: () => chain().undo().run(), isOff: () => !editor.can().undo() },
      { name: "redo", icon: "redo", key: "Mod-Shift-Z", act: () => chain().redo().run(), isOff: () => !editor.can().redo() },
    ],
  ];
  const bar = toolbar(actions, { label: say("formatting"), first: kind });
  const shortcuts = [
    ["Mod-Shift-S", toggle("strike")],
    ["Mod-K", () => about.editLink()],
    ["Mod-Alt-F", addNote],
    ...LEVELS.map((level) => [`Mod-Alt-${level}`, () => chain().toggleHeading({ level }).run()]),
    ["Mod-Alt-0", () => chain().setNode("paragraph").run()],
  ];

  function onKey(event) {
    const found = shortcuts.find(([shortcut]) => isShortcut(event, shortcut));
    if (!found) return false;
    event.preventDefault();
    editor.view.domObserver.flush(); // what was chosen a moment ago, before the focus moves
    found[1]();
    return true;
  }

  function addNote() {
    if (editor.isActive("codeBlock")) return;
    const at = editor.state.selection.to;
    chain().insertContentAt(at, { type: "footnote", attrs: { html: "" } }).setNodeSelection(at).run();
    about.edit();
  }

  function addMore() {
    let old = null;
    editor.state.doc.descendants((node, position) => {
      if (node.type.name === "more") old = position;
    });
    if (old != null) chain().deleteRange({ from: old, to: old + 1 }).run();
    else {
      const { $to } = editor.state.selection;
      chain().insertContentAt($to.depth ? $to.after(1) : $to.pos, { type: "more" }).run();
    }
  }

  function showState() {
    if (!editor) return;
    bar.update();
    const { level } = editor.getAttributes("heading");
    const wanted = editor.isActive("heading") ? String(level) : "";
    if (![...kind.options].some((option) => option.value === wanted)) kind.append(new Option(`H${wanted}`, wanted));
    kind.value = wanted;
    about.update();
  }

  editor.commands.setContent(load(html, editor.schema).toJSON(), { emitUpdate: false });
  // The text that was there is where undoing ends.
  const { EditorState } = { EditorState: editor.state.constructor };
  editor.view.updateState(EditorState.create({ doc: editor.state.doc, plugins: editor.state.plugins }));
  isChanged = isOther;
  write();
  showState();

  const help = [
    ["bold", "Mod-B"], ["italic", "Mod-I"], ["strike", "Mod-Shift-S"], ["code", "Mod-E"],
    ["link", "Mod-K"], ["heading2", "Mod-Alt-2"], ["heading3", "Mod-Alt-3"], ["heading4", "Mod-Alt-4"],
    ["paragraph", "Mod-Alt-0"], ["bullets", "Mod-Shift-8"], ["numbers", "Mod-Shift-7"],
    ["quote", "Mod-Shift-B"], ["listing", "Mod-Alt-C"], ["footnote", "Mod-Alt-F"],
    ["undo", "Mod-Z"], ["redo", "Mod-Shift-Z"],
  ].map(([name, shortcut]) => [say(name), keys(shortcut)]);

  const frame = el("div", { class: "editor-rich" }, bar.element, about.element, element, picker);
  return {
    element: frame,
    help,
    focus: () => editor.commands.focus(),
    text: () => editor.state.doc.textBetween(0, editor.state.doc.content.size, "\n", " "),
    flush: write,
    addPicture: ({ url, width_px, height_px, alternative_text }) =>
      insertFigures(editor, [{ src: url, width: width_px, height: height_px, alt: alternative_text ?? "" }]),
    destroy() {
      write();
      textarea.form.removeEventListener("formdata", fillIn);
      about.destroy();
      editor.destroy();
      frame.remove();
    },
  };
}

/** The picture in a data: address as a file; null for anything else. */
function fileOf(address) {
  const found = /^data:(image\/(?:png|jpeg|gif|webp|avif));base64,([A-Za-z0-9+/=\s]+)$/.exec(address);
  if (!found) return null;
  const bytes = Uint8Array.from(atob(found[2].replace(/\s/g, "")), (char) => char.charCodeAt(0));
  return new File([bytes], `picture.${found[1].split("/")[1]}`, { type: found[1] });
}
