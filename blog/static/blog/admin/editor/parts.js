// What every part of the editor asks for: elements, icons, and words in the person's language.

const island = document.getElementById("editor-words");
const WORDS = island ? JSON.parse(island.textContent) : {};

/** The sentence called `name`, with `{key}` replaced by the values. */
export function say(name, values = {}) {
  return (WORDS[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** An element with attributes and children; a function is a listener, true is an empty attribute. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// Drawn on a field of 20 by 20, in strokes.
const ICONS = {
  bold: "M6 4h5a3 3 0 0 1 0 6H6zm0 6h6a3 3 0 0 1 0 6H6z",
  italic: "M8 4h6M6 16h6M11 4 9 16",
  strike: "M4 10h12M13.5 6.5C13 5 11.700 4 10 4 8 4 6.500 5 6.500 7M6.500 13c.4 2 2 3 3.700 3 2 0 3.500-1 3.500-3",
  code: "m7 6-4 4 4 4m6-8 4 4-4 4",
  link: "M8.500 11.500a3 3 0 0 0 4.300 0l3-3a3 3 0 0 0-4.300-4.300l-1 1M11.500 8.500a3 3 0 0 0-4.300 0l-3 3a3 3 0 0 0 4.300 4.300l1-1",
  bullets: "M8 5h9M8 10h9M8 15h9M3.500 5h.01M3.500 10h.01M3.500 15h.01",
  numbers: "M8 5h9M8 10h9M8 15h9M3 3.500l1-.5v4M3 13.200c1-1 2-.2 1.600.8L3 16.500h2",
  quote: "M4 5v10M8 6h9M8 10h9M8 14h6",
  listing: "M3 4h14v12H3zM7 8l-2 2 2 2m3 1h4",
  table: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  picture: "M3 4h14v12H3zM3 14l4-4 3 3 3-3 4 4M7.500 7.500h.01",
  note: "M3 16l4-11 4 11M4.500 12h5M14 4l1.500-1v6",
  rule: "M3 10h14",
  more: "M3 5h14M3 8h9M3 12h2m2 0h2m2 0h2m2 0h2M3 16h14",
  undo: "M7 5 3.500 8.500 7 12M4 8.500h8a4 4 0 0 1 0 8H9",
  redo: "m13 5 3.500 3.500L13 12M16 8.500H8a4 4 0 0 0 0 8h3",
  calm: "M3 7V3h4M17 7V3h-4M3 13v4h4M17 13v4h-4",
  help: "M7.500 7.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .9-1 1.700M10 14.500h.01",
  heading: "M5 4v12M15 4v12M5 10h10",
};
const SVG = "http://www.w3.org/2000/svg";

/** The drawing called `name`; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const IS_MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** "Mod-Shift-8" as it is printed on this person's keyboard. */
export function keys(shortcut) {
  const names = IS_MAC
    ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" }
    : { Mod: "Ctrl", Alt: "Alt", Shift: "Shift" };
  return shortcut
    .split("-")
    .map((key) => names[key] ?? key.toUpperCase())
    .join(IS_MAC ? "" : "+");
}

/** Whether `event` is the shortcut; never while an input method is putting a word together. */
export function isShortcut(event, shortcut) {
  if (event.isComposing || event.keyCode === 229) return false;
  const wanted = shortcut.split("-");
  const key = wanted.pop().toLowerCase();
  const isMod = IS_MAC ? event.metaKey : event.ctrlKey;
  const isOtherMod = IS_MAC ? event.ctrlKey : event.metaKey;
  // With Alt or Shift a key may write another sign; its place on the keyboard stays.
  const pressed = [event.key.toLowerCase(), event.code.replace(/^(Key|Digit)/, "").toLowerCase()];
  return (
    pressed.includes(key) &&
    isMod === wanted.includes("Mod") &&
    !isOtherMod &&
    event.altKey === wanted.includes("Alt") &&
    event.shiftKey === wanted.includes("Shift")
  );
}

/** Calls `act` once things have been quiet for `pause` milliseconds; `.now()` at once if waiting. */
export function afterPause(act, pause) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      act();
    }, pause);
  };
  later.now = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    act();
  };
  return later;
}
