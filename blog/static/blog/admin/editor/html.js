// HTML into what the editor holds, and back into the HTML that the server's cleaner leaves alone.

import { pm } from "../../../django_prose_editor/editor.js";

const inert = () => document.implementation.createHTMLDocument("");

/** A document of `html` in which nothing loads, runs or is styled. */
export function parsed(html) {
  // Chromium reports style and handlers to the policy even in a document that nobody sees.
  const silent = html.replace(/<[a-z][^>]*>/gi, (tag) =>
    tag.replace(/([\s"'/])(style|on[a-z]+)(\s*=)/gi, "$1data-$2$3"),
  );
  return new DOMParser().parseFromString(silent.replace(/<(\/?)style\b/gi, "<$1x-style"), "text/html");
}

// --- In ---

/** The editor's document for clean `html`. */
export function load(html, schema) {
  const { body } = parsed(html);
  takeNotes(body);
  for (const code of body.querySelectorAll("pre > code")) {
    code.textContent = code.textContent.replace(/\n$/, "");
  }
  return pm.model.DOMParser.fromSchema(schema).parse(body);
}

/** Moves footnotes from the end of the text to where they are referred to, if each is simple. */
function takeNotes(body) {
  const section = body.querySelector(":scope > section.footnotes");
  const items = [...(section?.querySelectorAll("li.footnote-item") ?? [])];
  const references = [...body.querySelectorAll("sup.footnote-ref")];
  const notes = items.map((item) => {
    const id = item.id;
    const children = [...item.children].filter((child) => !child.matches(".footnote-backref"));
    const holder = children.length === 1 && children[0].tagName === "P" ? children[0] : item;
    const copy = holder.cloneNode(true);
    for (const back of copy.querySelectorAll(".footnote-backref")) back.remove();
    const isSimple = !copy.querySelector("p, ul, ol, pre, table, blockquote, figure, img");
    return isSimple ? { id, html: copy.innerHTML.trim() } : null;
  });
  const fits =
    items.length > 0 &&
    references.length === items.length &&
    references.every((one, at) => {
      const link = one.querySelector("a")?.getAttribute("href") ?? "";
      return notes[at] && decodeURIComponent(link) === `#${notes[at].id}`;
    });
  if (!fits) return;
  references.forEach((one, at) => {
    const note = one.ownerDocument.createElement("span");
    note.dataset.footnote = "";
    note.innerHTML = notes[at].html;
    one.replaceWith(note);
  });
  body.querySelector(":scope > hr.footnotes-sep")?.remove();
  section.remove();
}

// --- Out ---

/** The HTML of `doc`, each block on a line of its own. */
export function emit(doc) {
  const page = inert();
  const serializer = pm.model.DOMSerializer.fromSchema(doc.type.schema);
  serializer.serializeFragment(doc.content, { document: page }, page.body);
  tidy(page.body);
  giveNotes(page.body);
  return lines(page.body);
}

function tidy(body) {
  for (const figure of body.querySelectorAll("figure")) tidyFigure(figure);
  for (const table of body.querySelectorAll("table")) tidyTable(table);
  for (const item of body.querySelectorAll("li")) {
    const [first, ...rest] = item.children;
    const isLoose = item.hasAttribute("data-loose");
    item.removeAttribute("data-loose");
    if (first?.tagName !== "P") continue;
    const isTight = !isLoose && rest.every((one) => one.matches("ul, ol"));
    if (isTight || !first.hasChildNodes()) first.replaceWith(...first.childNodes);
  }
  for (const code of body.querySelectorAll("pre > code")) {
    if (code.textContent) code.textContent = `${code.textContent}\n`;
  }
  for (const paragraph of body.querySelectorAll("p:empty")) {
    if (!paragraph.parentElement.matches("li")) paragraph.remove();
  }
  for (const more of body.querySelectorAll("a#more")) more.replaceWith(new Comment("more"));
  for (const empty of body.querySelectorAll('[class=""]')) empty.removeAttribute("class");
}

function tidyFigure(figure) {
  const caption = figure.querySelector("figcaption");
  const address = figure.querySelector("img")?.getAttribute("src") ?? "";
  if (address && !address.startsWith("blob:")) {
    if (!caption?.hasChildNodes()) caption?.remove();
    return;
  }
  // Still on its way to the server: only the words are there to be kept.
  const paragraph = figure.ownerDocument.createElement("p");
  paragraph.append(...(caption?.childNodes ?? []));
  if (paragraph.hasChildNodes()) figure.replaceWith(paragraph);
  else figure.remove();
}

function tidyTable(table) {
  for (const cell of table.querySelectorAll("td, th")) {
    const [only, ...rest] = cell.children;
    if (only?.tagName === "P" && !rest.length && !only.attributes.length) {
      only.replaceWith(...only.childNodes);
    }
  }
  const head = table.ownerDocument.createElement("thead");
  for (const row of [...table.rows]) {
    if (![...row.cells].every((cell) => cell.tagName === "TH")) break;
    head.append(row);
  }
  if (!head.rows.length) return;
  table.prepend(head);
  if (!table.tBodies[0]?.rows.length) table.tBodies[0]?.remove();
}

/** Numbers and the list at the end, written as the server writes Markdown's footnotes. */
function giveNotes(body) {
  const notes = [...body.querySelectorAll("span[data-footnote]")];
  if (!notes.length) return;
  const page = body.ownerDocument;
  const make = (tag, attributes, ...children) => {
    const element = page.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const items = notes.map((note, at) => {
    const number = at + 1;
    const link = make("a", { href: `#fn${number}`, id: `fnref${number}` }, `[${number}]`);
    const back = make("a", { href: `#fnref${number}`, class: "footnote-backref" }, "↩\ufe0e");
    const words = make("p", {}, ...note.childNodes, " ", back);
    note.replaceWith(make("sup", { class: "footnote-ref" }, link));
    return make("li", { id: `fn${number}`, class: "footnote-item" }, words);
  });
  body.append(
    make("hr", { class: "footnotes-sep" }),
    make("section", { class: "footnotes" }, make("ol", { class: "footnotes-list" }, ...items)),
  );
}

const HOLDERS = "ul, ol, table, thead, tbody, tfoot, section, blockquote";

function lines(body) {
  for (const holder of body.querySelectorAll(HOLDERS)) {
    if (holder.closest("pre")) continue;
    for (const child of [...holder.children]) child.before("\n");
    holder.append("\n");
  }
  const parts = [...body.childNodes].map((node) =>
    node.nodeType === Node.COMMENT_NODE ? `<!--${node.data}-->` : node.outerHTML ?? node.data,
  );
  return parts.join("\n");
}
