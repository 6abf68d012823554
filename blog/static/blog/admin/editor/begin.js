// Rich text, Markdown or HTML: one text field, three ways to write in it. Without this script the
// field is a plain one and the two buttons below it say what it holds.

import { calmView } from "./calm.js";
import { keepCopies } from "./copies.js";
import { countWords } from "./count.js";
import { el, say } from "./parts.js";
import { sourceTools } from "./source.js";
import { uploads } from "./uploads.js";

const desk = document.querySelector(".desk[data-convert]");
const form = desk?.closest("form");
const textarea = form?.elements.namedItem("body");
const REMEMBERED = "postil-html-is-source"; // in this browser: HTML by hand rather than rich

const token = () => form.elements.namedItem("csrfmiddlewaretoken").value;

async function ask(address, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const answer = await fetch(address, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": token() },
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error(say("loggedOutSwitch"));
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error ?? say("cantSwitch"));
  return found;
}

class Modes {
  constructor() {
    this.label = form.querySelector(`label[for="${textarea.id}"]`);
    this.label.id ||= `${textarea.id}_label`;
    this.holder = el("div", { class: "editor" });
    this.buttons = {};
    const choice = el("div", { class: "editor-modes", role: "group", "aria-label": say("writtenIn") });
    for (const mode of ["rich", "markdown", "html"]) {
      this.buttons[mode] = el(
        "button",
        { type: "button", "aria-pressed": "false", click: () => this.change(mode) },
        say(mode),
      );
      choice.append(this.buttons[mode]);
    }
    this.notice = el("div", { class: "editor-notice", role: "status" });
    this.status = el("div", { class: "editor-status" });
    const head = el("div", { class: "editor-head" }, choice);
    textarea.before(this.holder);
    this.holder.append(head, this.notice, textarea, this.status);
    this.head = head;
    // The two radio buttons stay in the form: they say what is sent.
    const row = form.querySelector(".field-markup");
    if (row) row.hidden = true;
  }

  get markup() {
    return form.querySelector("[name=markup]:checked")?.value ?? "markdown";
  }

  set markup(value) {
    const radio = form.querySelector(`[name=markup][value=${value}]`);
    if (radio) radio.checked = true;
  }

  get fields() {
    const breaks = form.elements.namedItem("line_breaks");
    return { body: textarea.value, markup: this.markup, line_breaks: breaks?.checked ? "on" : "" };
  }

  async begin() {
    const isNew = desk.dataset.isNew && !textarea.value;
    if (isNew && desk.dataset.newMarkup === "html") this.markup = "html";
    if (this.markup === "markdown" || localStorage.getItem(REMEMBERED)) {
      this.show(this.markup);
      return;
    }
    // What is typed while the editor is on its way would be typed into the wrong field.
    textarea.hidden = true;
    this.holder.setAttribute("aria-busy", "true");
    try {
      const found = await this.richHtml();
      if (found.lost.length) {
        this.show("html");
        const again = el("button", { type: "button", click: () => this.change("rich") }, say("rich"));
        this.tell(say("cantHold", { lost: found.lost.join(", ") }), again);
      } else await this.showRich(found.body);
    } catch (error) {
      this.show("html");
      this.tell(error.message);
    }
  }

  /** Clean HTML for the rich editor, and what the editor would lose of it. */
  async richHtml() {
    if (!textarea.value.trim()) return { body: "", lost: [] };
    const { body, lost } = await ask(desk.dataset.convert, { ...this.fields, to: "rich" });
    const { roundTrip } = await import("./rich.js");
    const checked = await ask(desk.dataset.check, { ...this.fields, html: roundTrip(body) });
    return { body, lost: [...new Set([...lost, ...checked.lost])] };
  }

  /** Changes the form of the text; asks before anything would get lost. */
  async change(mode, { isSure = false } = {}) {
    if (mode === this.mode) return;
    this.tell("");
    this.tool?.flush();
    try {
      const step = await this.step(mode);
      if (step.lost.length && !isSure) {
        const go = el("button", { type: "button", click: () => this.change(mode, { isSure: true }) }, say("switchAnyway"));
        const stay = el("button", { type: "button", click: () => this.tell("") }, say("stay"));
        this.tell(say("wouldLose", { lost: step.lost.join(", ") }), go, stay);
        go.focus();
        return;
      }
      const before = { mode: this.mode, markup: this.markup, source: textarea.value };
      this.markup = mode === "markdown" ? "markdown" : "html";
      if (mode === "rich") await this.showRich(step.body, { isOther: before.markup === "markdown" });
      else {
        this.show(mode);
        if (step.source != null) this.write(step.source);
      }
      // Whoever changes his mind at once finds the text exactly as it was.
      this.before = { ...before, result: textarea.value };
      if (mode === "html") localStorage.setItem(REMEMBERED, "1");
      if (mode === "rich") localStorage.removeItem(REMEMBERED);
      this.tool.focus();
    } catch (error) {
      this.tell(error.message);
    }
  }

  async step(mode) {
    const { before } = this;
    const isBack = before && before.mode === mode && before.result === textarea.value && mode !== "rich";
    if (isBack) return { source: before.source, lost: [] };
    if (mode === "rich") return this.richHtml();
    if (mode === "html" && this.mode === "rich") return { source: null, lost: [] };
    const { body, lost } = await ask(desk.dataset.convert, { ...this.fields, to: mode });
    return { source: body, lost };
  }

  write(source) {
    textarea.value = source;
    this.dropLineBreaks();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  dropLineBreaks() {
    const breaks = form.elements.namedItem("line_breaks");
    if (breaks?.type === "checkbox") breaks.checked = false;
  }

  /** `isOther`: the field still holds another source, and gets that of the editor. */
  async showRich(html, { isOther = false } = {}) {
    const { richEditor } = await import("./rich.js");
    this.replaceTool();
    this.label.removeAttribute("for");
    textarea.hidden = true;
    this.tool = richEditor(textarea, html, {
      label: this.label.id,
      language: form.elements.namedItem("language")?.value,
      isOther,
    });
    textarea.before(this.tool.element);
    this.mark("rich");
  }

  show(mode) {
    this.replaceTool();
    this.label.htmlFor = textarea.id;
    textarea.hidden = false;
    this.tool = sourceTools(textarea, mode);
    textarea.before(this.tool.element);
    this.mark(mode);
  }

  replaceTool() {
    this.tool?.destroy();
    this.tool = null;
  }

  mark(mode) {
    this.mode = mode;
    this.holder.removeAttribute("aria-busy");
    this.holder.dataset.mode = mode;
    for (const [name, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-pressed", String(name === mode));
    }
    form.dispatchEvent(new CustomEvent("modechange"));
  }

  tell(sentence, ...buttons) {
    this.notice.replaceChildren(...(sentence ? [el("p", {}, sentence), ...buttons] : []));
  }
}

if (desk && textarea && !textarea.disabled) {
  form.elements.namedItem("title")?.setAttribute("placeholder", say("title"));
  uploads.configure({ address: desk.dataset.upload, token });
  const modes = new Modes();
  // A label that has no `for` any more still leads into the text.
  modes.label.addEventListener("click", () => modes.mode === "rich" && modes.tool.focus());
  textarea.addEventListener("written", () => modes.dropLineBreaks());
  keepCopies(form, desk, modes);
  countWords(form, textarea, modes);
  calmView(desk, modes);
  modes.begin();
  // For the library of pictures, which knows nothing of the three ways to write.
  form.addEventListener("pictures", (event) => {
    for (const picture of event.detail) modes.tool?.addPicture(picture);
  });
}
