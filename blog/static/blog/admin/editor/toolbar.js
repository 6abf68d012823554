// A row of buttons: one stop for the Tab key, arrows inside it, as screen readers expect.

import { el, icon, keys, say } from "./parts.js";

/**
 * The toolbar of `groups`, lists of { name, icon, key, act, isOn, isOff }; `update()` shows what
 * holds where the cursor stands.
 */
export function toolbar(groups, { label, first = null }) {
  const buttons = new Map();
  const element = el("div", { class: "editor-toolbar", role: "toolbar", "aria-label": label });
  if (first) element.append(first);
  for (const group of groups) {
    const box = el("div", { class: "editor-group" });
    for (const item of group) {
      const hint = item.key ? `${say(item.name)} (${keys(item.key)})` : say(item.name);
      const button = el(
        "button",
        {
          type: "button",
          title: hint,
          "aria-label": say(item.name),
          "aria-keyshortcuts": item.key ? item.key.replaceAll("-", "+").replace("Mod", "Control") : null,
          "aria-pressed": item.isOn ? "false" : null,
          click: () => item.act(),
        },
        icon(item.icon),
      );
      // The text keeps its cursor and an input method its word.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      buttons.set(item, button);
      box.append(button);
    }
    element.append(box);
  }

  const stops = [...(first ? [first] : []), ...buttons.values()];
  const makeStop = (stop) => {
    for (const one of stops) one.tabIndex = one === stop ? 0 : -1;
  };
  makeStop(stops[0]);
  element.addEventListener("focusin", (event) => makeStop(event.target));
  element.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const at = stops.indexOf(document.activeElement);
    const step = steps[event.key] * (getComputedStyle(element).direction === "rtl" ? -1 : 1);
    let next = null;
    if (step) next = stops[(at + step + stops.length) % stops.length];
    if (event.key === "Home") next = stops[0];
    if (event.key === "End") next = stops.at(-1);
    if (!next || (event.target.matches("select") && event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
    event.preventDefault();
    next.focus();
  });

  return {
    element,
    update() {
      for (const [item, button] of buttons) {
        if (item.isOn) button.setAttribute("aria-pressed", String(item.isOn()));
        if (item.isOff) button.setAttribute("aria-disabled", String(item.isOff()));
      }
    },
  };
}
