// Nothing but the text: the rest of the desk steps back until it is asked for again.

import { el, icon, isShortcut, keys, say } from "./parts.js";

const REMEMBERED = "postil-calm";
const SHORTCUT = "Mod-Alt-M";

function helpDialog(modes) {
  const list = el("dl", { class: "editor-keys" });
  const close = el("button", { type: "button", class: "desk-button", click: () => dialog.close() }, say("close"));
  const dialog = el(
    "dialog",
    { class: "editor-help", "aria-labelledby": "editor-help-heading" },
    el("h2", { id: "editor-help-heading" }, say("shortcuts")),
    list,
    el("p", { class: "editor-typing" }, say("typing")),
    close,
  );
  return {
    dialog,
    open() {
      const all = [...modes.tool.help, [say("calm"), keys(SHORTCUT)]];
      list.replaceChildren(
        ...all.flatMap(([name, key]) => [el("dt", {}, name), el("dd", {}, el("kbd", {}, key))]),
      );
      dialog.showModal();
    },
  };
}

/** Adds the button for the calm view and the one for the shortcuts. */
export function calmView(desk, modes) {
  const help = helpDialog(modes);
  const label = el("span", {}, say("calm"));
  const toggle = el("button", { type: "button", class: "editor-calm", "aria-pressed": "false", title: keys(SHORTCUT) }, icon("calm"), label);
  const ask = el("button", { type: "button", class: "editor-ask", "aria-label": say("shortcuts"), title: say("shortcuts"), click: help.open }, icon("help"));
  const set = (isCalm) => {
    document.documentElement.toggleAttribute("data-calm", isCalm);
    toggle.setAttribute("aria-pressed", String(isCalm));
    label.textContent = say(isCalm ? "leaveCalm" : "calm");
    try {
      if (isCalm) sessionStorage.setItem(REMEMBERED, "1");
      else sessionStorage.removeItem(REMEMBERED);
    } catch {
      // A browser that remembers nothing is calm until the next page.
    }
  };
  const flip = () => {
    set(!document.documentElement.hasAttribute("data-calm"));
    modes.tool?.focus();
  };
  toggle.addEventListener("click", flip);
  document.addEventListener("keydown", (event) => {
    if (!isShortcut(event, SHORTCUT)) return;
    event.preventDefault();
    flip();
  });
  modes.head.append(el("div", { class: "editor-views" }, ask, toggle));
  desk.append(help.dialog);
  if (sessionStorage.getItem(REMEMBERED)) set(true);
}
