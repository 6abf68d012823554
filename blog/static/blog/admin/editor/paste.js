// Paste from word processors and web pages: what it says stays, how it looked there goes.

import { parsed } from "./html.js";
import { isAddress } from "./addresses.js";

const DROPPED =
  "x-style, script, meta, link, title, head, template, noscript, iframe, object, embed, svg, math, " +
  "button, input, select, textarea, nav, dialog, [hidden], [aria-hidden=true], o\\:p:empty";
const BLOCK =
  "address, article, aside, blockquote, center, dd, details, div, dl, dt, fieldset, figure, footer, " +
  "form, h1, h2, h3, h4, h5, h6, header, hr, li, main, ol, p, pre, section, summary, table, ul";
const KEPT = new Set(
  (
    "P H2 H3 H4 H5 H6 UL OL LI A EM STRONG S CODE PRE BLOCKQUOTE TABLE THEAD TBODY TFOOT TR TD TH " +
    "FIGURE FIGCAPTION IMG BR HR SUB SUP"
  ).split(" "),
);
const RENAMED = { B: "strong", I: "em", STRIKE: "s", DEL: "s", H1: "h2", TT: "code", KBD: "code", SAMP: "code" };
const MONOSPACE = /\b(monospace|courier|consolas|menlo|monaco|source code|cascadia|fira code)/i;

/** Clean HTML for what was copied elsewhere; pictures that came as data are given to `upload`. */
export function cleaned(html, upload = () => null) {
  const { body } = parsed(html);
  for (const one of body.querySelectorAll(DROPPED)) one.remove();
  for (const one of body.querySelectorAll("[data-style]")) {
    if (/display:\s*none|mso-hide:\s*all/i.test(one.dataset.style)) one.remove();
  }
  dropComments(body);
  wordNotes(body);
  libreOfficeNotes(body);
  wordLists(body);
  listings(body);
  roles(body);
  emphasis(body);
  nestLists(body);
  pictures(body, upload);
  links(body);
  rename(body);
  paragraphs(body);
  tables(body);
  finish(body);
  return body.innerHTML.trim();
}

function dropComments(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  for (const comment of found) comment.remove();
}

const unwrap = (element) => element.replaceWith(...element.childNodes);

function renamed(element, tag) {
  const next = element.ownerDocument.createElement(tag);
  for (const { name, value } of element.attributes) next.setAttribute(name, value);
  next.append(...element.childNodes);
  element.replaceWith(next);
  return next;
}

const style = (element) => element.getAttribute("data-style") ?? "";

/** What the element's own style says of `name`; Word writes more names that end alike. */
const styled = (element, name) =>
  new RegExp(`(?<![-\\w])${name}\\s*:\\s*([^;]*)`, "i").exec(style(element))?.[1].trim() ?? "";

// --- Footnotes ---

function makeNote(link, words) {
  const note = link.ownerDocument.createElement("span");
  note.dataset.footnote = "";
  note.append(...words);
  link.replaceWith(note);
}

/** Word: a link to #_ftn1 among the words, and a div with that id at the end. */
function wordNotes(body) {
  for (const link of body.querySelectorAll('a[href^="#_ftn"], a[href^="#_edn"]')) {
    const id = link.getAttribute("href").slice(2);
    const holder = id.includes("ref") ? null : body.querySelector(`#${CSS.escape(id)}`);
    if (!holder) continue;
    holder.querySelector(`a[href="#_${id.replace(/(ftn|edn)/, "$1ref")}"]`)?.remove();
    const parts = [...holder.querySelectorAll("p")].flatMap((p) => [...p.childNodes, " "]);
    makeNote(link, trimmed(parts));
    holder.remove();
  }
  for (const list of body.querySelectorAll('[data-style*="mso-element:footnote-list"]')) list.remove();
}

function libreOfficeNotes(body) {
  for (const link of body.querySelectorAll("a.sdfootnoteanc")) {
    const id = (link.getAttribute("href") ?? "").slice(1).replace(/sym$/, "");
    const holder = id && body.querySelector(`#${CSS.escape(id)}`);
    if (!holder) continue;
    for (const sign of holder.querySelectorAll("a.sdfootnotesym")) sign.remove();
    const parts = [...holder.querySelectorAll("p")].flatMap((p) => [...p.childNodes, " "]);
    makeNote(link.closest("sup") ?? link, trimmed(parts));
    holder.remove();
  }
}

function trimmed(nodes) {
  const first = nodes.find((node) => typeof node !== "string");
  if (first?.nodeType === Node.TEXT_NODE) first.data = first.data.replace(/^[\s\u00a0]+/, "");
  while (typeof nodes.at(-1) === "string") nodes.pop();
  return nodes;
}

// --- Lists ---

const isWordItem = (element) =>
  element?.matches?.("p, div, h1, h2, h3, h4, h5, h6") &&
  /mso-list:\s*l\d+\s+level\d+/i.test(style(element)) &&
  !/mso-list:\s*none/i.test(style(element));

/** Word writes each item as a paragraph that begins with its bullet or number. */
function wordLists(body) {
  let first = [...body.querySelectorAll("p, div")].find(isWordItem);
  while (first) {
    const items = [];
    for (let next = first; isWordItem(next); next = next.nextElementSibling) items.push(next);
    const stack = []; // of { level, list }
    for (const item of items) {
      const level = Number(/level(\d+)/i.exec(style(item))[1]);
      const mark = takeMark(item);
      const isNumber = /^[([]?(\d+|[a-z]{1,4}|[一二三四五六七八九十]+)[.)\]、．]/i.test(mark);
      while (stack.length && stack.at(-1).level > level) stack.pop();
      const tag = isNumber ? "OL" : "UL";
      if (!stack.length || stack.at(-1).level < level || stack.at(-1).list.tagName !== tag) {
        if (stack.at(-1)?.level === level) stack.pop();
        const list = body.ownerDocument.createElement(tag);
        const start = /^\d+/.exec(mark)?.[0];
        if (isNumber && start && start !== "1") list.setAttribute("start", start);
        const holder = stack.at(-1)?.list.lastElementChild;
        if (holder) holder.append(list);
        else item.before(list);
        stack.push({ level, list });
      }
      const entry = body.ownerDocument.createElement("li");
      entry.append(...item.childNodes);
      stack.at(-1).list.append(entry);
      item.remove();
    }
    first = [...body.querySelectorAll("p, div")].find(isWordItem);
  }
}

/** Takes the bullet or number out of the paragraph; the answer is its text. */
function takeMark(item) {
  const marks = [...item.querySelectorAll('[data-style*="mso-list:Ignore" i], [data-style*="mso-list: Ignore" i]')];
  if (marks.length) {
    const text = marks[0].textContent.replace(/[\s\u00a0]+/g, " ").trim();
    for (const mark of marks) mark.remove();
    return text;
  }
  // Word for the web and old versions write it as text.
  const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
  const text = walker.nextNode();
  const found = text && /^[\s\u00a0]*([·•o§▪–-]|[([]?(?:\d+|[a-z])[.)])[\s\u00a0]+/i.exec(text.data);
  if (!found) return "";
  text.data = text.data.slice(found[0].length);
  return found[1];
}

/** Google Docs and old web pages put a list beside its item instead of into it. */
function nestLists(body) {
  for (const list of body.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) {
    const before = list.previousElementSibling;
    if (before?.tagName === "LI") before.append(list);
    else {
      const entry = list.ownerDocument.createElement("li");
      list.replaceWith(entry);
      entry.append(list);
    }
  }
}

// --- Meaning ---

/** Listings: code editors copy each line as a div or span under one that keeps white space. */
function listings(body) {
  for (const box of body.querySelectorAll("div[data-style]")) {
    if (!/white-space:\s*pre/i.test(style(box)) || !MONOSPACE.test(style(box))) continue;
    const lines = [...box.children].every((one) => one.matches("div, br"))
      ? [...box.children].map((one) => one.textContent)
      : [box.innerText ?? box.textContent];
    box.replaceWith(listing(box.ownerDocument, lines.join("\n"), ""));
  }
  for (const pre of body.querySelectorAll("pre")) {
    const named = [pre, ...pre.querySelectorAll("code"), pre.parentElement].flatMap((one) => [...one.classList]);
    const language = named.map((name) => /^(?:language|lang|highlight-source)-([\w.+#-]+)$/.exec(name)?.[1]).find(Boolean);
    for (const line of pre.querySelectorAll("br")) line.replaceWith("\n");
    pre.replaceWith(listing(pre.ownerDocument, pre.textContent, language ?? ""));
  }
}

function listing(page, text, language) {
  const pre = page.createElement("pre");
  const code = page.createElement("code");
  if (language) code.className = `language-${language}`;
  code.textContent = text.replace(/\u00a0/g, " ").replace(/\n$/, "");
  pre.append(code);
  return pre;
}

/** Word's and LibreOffice's names for paragraphs that are headings or quotations. */
function roles(body) {
  for (const one of body.querySelectorAll("p[class], div[class], p[role=heading], div[role=heading]")) {
    const name = one.className;
    const level = /(?:Heading|berschrift|Titre)\s*(\d)/i.exec(name)?.[1] ?? one.getAttribute("aria-level");
    if (/^Mso(Title|Subtitle)\b/.test(name)) renamed(one, name.startsWith("MsoSub") ? "h3" : "h2");
    else if (level && (one.matches("[role=heading]") || /^Mso/.test(name))) {
      renamed(one, `h${Math.min(Math.max(Number(level), 2), 6)}`);
    } else if (/^Mso(Intense)?Quote/.test(name)) {
      const quote = one.ownerDocument.createElement("blockquote");
      one.replaceWith(quote);
      quote.append(one);
      const before = quote.previousElementSibling;
      if (before?.tagName === "BLOCKQUOTE") {
        before.append(...quote.childNodes);
        quote.remove();
      }
    }
  }
}

/** Styles that say something become elements; b and i that undo themselves go. */
function emphasis(body) {
  for (const one of body.querySelectorAll("b, strong, i, em, font, span, u, a")) {
    const weight = styled(one, "font-weight");
    const isBold = weight ? /^bold/.test(weight) || Number(weight) >= 600 : null;
    const slant = styled(one, "font-style");
    const isItalic = slant ? /italic|oblique/.test(slant) : null;
    const tags = [];
    if (one.matches("span, font, a, u")) {
      if (isBold && !one.closest("h1, h2, h3, h4, h5, h6, th")) tags.push("strong");
      if (isItalic) tags.push("em");
      if (/line-through/.test(styled(one, "text-decoration(?:-line)?"))) tags.push("s");
      if (styled(one, "vertical-align") === "super") tags.push("sup");
      if (styled(one, "vertical-align") === "sub") tags.push("sub");
      const face = styled(one, "font-family") || one.getAttribute("face") || "";
      if (MONOSPACE.test(face) && !one.closest("pre, code")) tags.push("code");
    }
    if (one.matches("b, strong") && (isBold === false || one.id.startsWith("docs-internal"))) unwrap(one);
    else if (one.matches("i, em") && isItalic === false) unwrap(one);
    else {
      for (const tag of tags) {
        const wrap = one.ownerDocument.createElement(tag);
        wrap.append(...one.childNodes);
        one.append(wrap);
      }
      if (one.matches("span:not([data-footnote]), font, u")) unwrap(one);
    }
  }
  for (const one of body.querySelectorAll(":is(h1, h2, h3, h4, h5, h6, th) :is(b, strong)")) unwrap(one);
}

// --- Pictures and links ---

function pictures(body, upload) {
  for (const image of body.querySelectorAll("img")) {
    const address = image.getAttribute("src") ?? "";
    const words = (image.getAttribute("alt") ?? "").trim();
    const target = upload(address, words);
    if (target) {
      image.setAttribute("src", target.src);
      image.dataset.upload = target.upload;
      lift(image);
    } else if (/^https?:|^\/\//i.test(address) && !isOurs(address)) {
      // A page of ours asks no other host for anything; the reader finds the picture by a link.
      const link = image.ownerDocument.createElement("a");
      link.href = address;
      link.textContent = words || fileName(address);
      if (image.closest("a")) image.replaceWith(link.textContent);
      else image.replaceWith(link);
    } else if (isOurs(address)) {
      image.setAttribute("src", new URL(address, location.href).pathname);
      if (!image.closest("p, li, td, th, a, h2, h3, h4")) lift(image);
    } else image.remove(); // a file on the other person's disk
  }
}

function isOurs(address) {
  try {
    return Boolean(address) && new URL(address, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

function fileName(address) {
  const path = address.split(/[?#]/)[0].split("/").pop() ?? "";
  return path.replace(/\.\w+$/, "").replace(/[_+-]+/g, " ").trim() || address;
}

/** Puts a picture on its own line. */
function lift(image) {
  if (image.closest("figure")) return;
  const figure = image.ownerDocument.createElement("figure");
  const holder = image.closest("p") ?? image.parentElement.closest("a") ?? image;
  holder.before(figure);
  figure.append(image);
  if (holder !== image && !holder.textContent.trim() && !holder.querySelector("img")) holder.remove();
}

function links(body) {
  for (const link of body.querySelectorAll("a")) {
    let address = link.getAttribute("href") ?? "";
    try {
      const target = new URL(address);
      if (/(^|\.)google\.[a-z.]+$/.test(target.hostname) && target.pathname === "/url") {
        address = target.searchParams.get("q") ?? target.searchParams.get("url") ?? address;
      }
    } catch {
      // Not a whole address.
    }
    const isLocal = address.startsWith("#") || address.startsWith("file:");
    if (isLocal || !isAddress(address) || !link.textContent.trim()) unwrap(link);
    else link.setAttribute("href", address);
  }
}

// --- Shape ---

function rename(body) {
  for (const one of body.querySelectorAll(Object.keys(RENAMED).join(","))) {
    renamed(one, RENAMED[one.tagName]);
  }
}

function isBlank(node) {
  return node.nodeType === Node.TEXT_NODE
    ? !node.data.replace(/\u00a0/g, " ").trim()
    : node.nodeType !== Node.ELEMENT_NODE;
}

/** Boxes with words only are paragraphs; boxes with blocks in them are nothing. */
function paragraphs(body) {
  for (const one of [...body.querySelectorAll("*")].reverse()) {
    if (KEPT.has(one.tagName) || one.matches("[data-footnote]")) continue;
    const isBlock = one.matches(BLOCK);
    if (one.tagName === "CAPTION") one.remove();
    else if (isBlock && !one.querySelector(`${BLOCK}, table`) && !one.closest("p, h2, h3, h4, h5, h6")) {
      renamed(one, "p");
    } else if (one.tagName !== "COLGROUP" && one.tagName !== "COL") unwrap(one);
    else one.remove();
  }
  wrapLoose(body);
  for (const quote of body.querySelectorAll("blockquote")) wrapLoose(quote);
}

function wrapLoose(holder) {
  let paragraph = null;
  for (const node of [...holder.childNodes]) {
    const isBlock = node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCK);
    const isBreak = node.nodeName === "BR";
    if (isBlock || (isBreak && (!paragraph || node.nextSibling?.nodeName === "BR"))) {
      paragraph = null;
      if (isBreak) node.remove();
    } else if (paragraph) paragraph.append(node);
    else if (!isBlank(node)) {
      paragraph = holder.ownerDocument.createElement("p");
      node.before(paragraph);
      paragraph.append(node);
    }
  }
}

function tables(body) {
  for (const table of body.querySelectorAll("table")) {
    if (!table.rows.length) table.remove();
    else if (table.rows.length === 1 && table.rows[0].cells.length === 1) {
      table.replaceWith(...table.rows[0].cells[0].childNodes); // a box around a text
    }
  }
  wrapLoose(body);
}

const ATTRIBUTES = {
  A: ["href", "title"],
  OL: ["start"],
  TD: ["colspan", "rowspan"],
  TH: ["colspan", "rowspan", "scope"],
  IMG: ["src", "alt", "width", "height", "data-upload"],
  CODE: ["class"],
};

function finish(body) {
  for (const one of body.querySelectorAll("*")) {
    const kept = ATTRIBUTES[one.tagName] ?? ["data-footnote"];
    for (const { name, value } of [...one.attributes]) {
      if (!kept.includes(name) || /^(colspan|rowspan)$/.test(name) && value === "1") one.removeAttribute(name);
    }
  }
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("pre")) text.data = text.data.replace(/[\s\u00a0]+/g, " ");
  }
  for (const item of body.querySelectorAll("li")) {
    const [first, ...rest] = item.children;
    const isAlone = [...item.childNodes].find((node) => !isBlank(node)) === first;
    if (isAlone && first?.tagName === "P" && rest.every((one) => one.matches("ul, ol"))) unwrap(first);
  }
  for (const only of body.querySelectorAll(":is(td, th) > p:only-child")) unwrap(only);
  const empty = "p, h2, h3, h4, h5, h6, li, strong, em, s, code, a, sub, sup, blockquote, ul, ol";
  for (const one of [...body.querySelectorAll(empty)].reverse()) {
    const isEmpty = !one.textContent.trim() && !one.querySelector("img, table, hr, [data-footnote]");
    if (!isEmpty) continue;
    if (one.matches("strong, em, s, code, a, sub, sup")) unwrap(one);
    else if (!one.closest("td, th")) one.remove();
  }
  for (const block of body.querySelectorAll("p, li, h2, h3, h4, h5, h6, td, th, figcaption")) trim(block);
  body.normalize();
}

/** No white space and no line end at the edges of a block. */
function trim(block) {
  const edge = (node) => node?.nodeName === "BR" || (node?.nodeType === Node.TEXT_NODE && !node.data.trim());
  while (edge(block.firstChild)) block.firstChild.remove();
  while (edge(block.lastChild)) block.lastChild.remove();
  if (block.firstChild?.nodeType === Node.TEXT_NODE) block.firstChild.data = block.firstChild.data.trimStart();
  if (block.lastChild?.nodeType === Node.TEXT_NODE) block.lastChild.data = block.lastChild.data.trimEnd();
}
