// Buttons and shortcuts for a text that is written as Markdown or HTML, in the plain text field.

import { el, isShortcut, keys, say } from "./parts.js";
import { toolbar } from "./toolbar.js";
import { uploads } from "./uploads.js";

/** Replaces what is selected so that the browser can undo it. */
function put(textarea, text, { select = null } = {}) {
  textarea.focus();
  const { selectionStart } = textarea;
  // The one way that keeps the browser's own history of the field.
  if (!document.execCommand("insertText", false, text)) {
    textarea.setRangeText(text, textarea.selectionStart, textarea.selectionEnd, "end");
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (select) textarea.setSelectionRange(selectionStart + select[0], selectionStart + select[1]);
}

const selected = (textarea) => textarea.value.slice(textarea.selectionStart, textarea.selectionEnd);

function around(textarea, before, after = before) {
  const text = selected(textarea);
  const { selectionStart: from, selectionEnd: to, value } = textarea;
  const isThere = value.slice(from - before.length, from) === before && value.slice(to, to + after.length) === after;
  if (isThere) {
    textarea.setSelectionRange(from - before.length, to + after.length);
    put(textarea, text, { select: [0, text.length] });
  } else put(textarea, before + text + after, { select: [before.length, before.length + text.length] });
}

/** Writes `sign` before each chosen line, or takes it away from all. */
function atLines(textarea, sign, pattern) {
  const { value } = textarea;
  const from = value.lastIndexOf("\n", textarea.selectionStart - 1) + 1;
  const end = value.indexOf("\n", textarea.selectionEnd);
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split("\n");
  const areAll = lines.every((line) => pattern.test(line));
  const next = lines.map((line, at) => (areAll ? line.replace(pattern, "") : sign(at) + line.replace(pattern, "")));
  textarea.setSelectionRange(from, to);
  put(textarea, next.join("\n"));
}

/** The toolbar of `textarea`; its signs are those of `markup`. */
export function sourceTools(textarea, markup) {
  const isMarkdown = markup === "markdown";
  const tag = (name) => () => around(textarea, `<${name}>`, `</${name}>`);
  const block = (name) => () => around(textarea, `<${name}>\n`, `\n</${name}>`);
  const link = () => {
    const text = selected(textarea);
    const isAddress = /^https?:\/\/\S+$/.test(text);
    if (isMarkdown) {
      const words = isAddress ? "" : text;
      const address = isAddress ? text : "https://";
      const at = words.length + 3;
      put(textarea, `[${words}](${address})`, { select: words ? [at, at + address.length] : [1, 1] });
    } else around(textarea, `<a href="${isAddress ? text : "https://"}">`, "</a>");
  };
  const note = () => {
    const count = (textarea.value.match(/\[\^[^\]]+\]:/g) ?? []).length + 1;
    const position = textarea.selectionEnd;
    textarea.setSelectionRange(position, position);
    put(textarea, `[^${count}]`);
    textarea.setSelectionRange(textarea.value.length, textarea.value.length);
    put(textarea, `${textarea.value.endsWith("\n") ? "" : "\n"}\n[^${count}]: `);
  };
  const actions = isMarkdown
    ? {
        bold: () => around(textarea, "**"),
        italic: () => around(textarea, "*"),
        code: () => around(textarea, "`"),
        link,
        heading2: () => atLines(textarea, () => "## ", /^#{1,6} /),
        bullets: () => atLines(textarea, () => "- ", /^[-*] /),
        numbers: () => atLines(textarea, (at) => `${at + 1}. `, /^\d+\. /),
        quote: () => atLines(textarea, () => "> ", /^> ?/),
        listing: () => around(textarea, "\n```\n", "\n```\n"),
        footnote: note,
      }
    : {
        bold: tag("strong"),
        italic: tag("em"),
        code: tag("code"),
        link,
        heading2: tag("h2"),
        bullets: () => around(textarea, "<ul>\n<li>", "</li>\n</ul>"),
        numbers: () => around(textarea, "<ol>\n<li>", "</li>\n</ol>"),
        quote: block("blockquote"),
        listing: () => around(textarea, "<pre><code>", "</code></pre>"),
      };
  const icons = { heading2: "heading", footnote: "note" };
  const shortcuts = {
    bold: "Mod-B",
    italic: "Mod-I",
    code: "Mod-E",
    link: "Mod-K",
    heading2: "Mod-Alt-2",
    bullets: "Mod-Shift-8",
    numbers: "Mod-Shift-7",
    quote: "Mod-Shift-B",
    listing: "Mod-Alt-C",
    footnote: "Mod-Alt-F",
  };
  const items = Object.entries(actions).map(([name, act]) => ({
    name,
    act,
    icon: icons[name] ?? name,
    key: shortcuts[name],
  }));

  const picker = el("input", { type: "file", accept: "image/*", multiple: true, hidden: true, "aria-label": say("picture") });
  picker.addEventListener("change", () => {
    addFiles([...picker.files]);
    picker.value = "";
  });
  const extra = uploads.address ? [{ name: "picture", icon: "picture", act: () => picker.click() }] : [];
  const bar = toolbar([items.slice(0, 4), items.slice(4), extra], { label: say("formatting") });
  const waiting = el("ul", { class: "editor-uploads" });

  /** A mark in the text for each picture on its way; it is exchanged when the picture is there. */
  function addFiles(files) {
    const pictures = files.filter((file) => file.type.startsWith("image/"));
    if (!pictures.length || !uploads.address) return false;
    for (const file of pictures) {
      const upload = uploads.start(file);
      const row = el("li");
      waiting.append(row);
      const stop = uploads.watch(upload, (state) => {
        if (state.done) {
          stop();
          row.remove();
          insertPicture(state.done);
        } else if (state.error) {
          const retry = el("button", { type: "button", click: () => uploads.retry(upload) }, say("retry"));
          const remove = el("button", { type: "button", click: () => (stop(), row.remove()) }, say("remove"));
          row.replaceChildren(el("span", { role: "alert" }, `${file.name}: ${state.error}`), retry, remove);
        } else {
          const bar = el("progress", { max: 1, value: state.progress, "aria-label": `${say("uploading")}: ${file.name}` });
          row.replaceChildren(file.name, bar);
        }
      });
    }
    return true;
  }

  function insertPicture({ url, width_px, height_px, alternative_text }) {
    const alt = (alternative_text ?? "").replace(/["<>&]/g, "");
    const size = width_px && height_px ? ` width="${width_px}" height="${height_px}"` : "";
    const text = isMarkdown ? `![${alt}](${url})` : `<figure><img src="${url}" alt="${alt}"${size}></figure>`;
    const before = textarea.value.slice(0, textarea.selectionEnd);
    textarea.setSelectionRange(textarea.selectionEnd, textarea.selectionEnd);
    put(textarea, `${before && !before.endsWith("\n") ? "\n\n" : ""}${text}\n\n`);
  }

  const onKey = (event) => {
    const found = items.find(({ key }) => isShortcut(event, key));
    if (!found) return;
    event.preventDefault();
    found.act();
  };
  const onPaste = (event) => {
    const files = [...event.clipboardData.files];
    if (files.length && !event.clipboardData.getData("text/plain") && addFiles(files)) event.preventDefault();
  };
  const onDrop = (event) => {
    if (event.dataTransfer?.files.length && addFiles([...event.dataTransfer.files])) event.preventDefault();
  };
  textarea.addEventListener("keydown", onKey);
  textarea.addEventListener("paste", onPaste);
  textarea.addEventListener("drop", onDrop);

  const element = el("div", { class: "editor-source" }, bar.element, picker, waiting);
  return {
    element,
    help: items.map(({ name, key }) => [say(name), keys(key)]),
    focus: () => textarea.focus(),
    text: () => textarea.value,
    flush() {},
    addPicture: insertPicture,
    destroy() {
      textarea.removeEventListener("keydown", onKey);
      textarea.removeEventListener("paste", onPaste);
      textarea.removeEventListener("drop", onDrop);
      element.remove();
    },
  };
}
