// One key for each act in the queue. Every key presses a button that is on the page, so nothing
// happens that a click would not do; while somebody types, and when he wishes, the keys are letters.

const KEPT = "postil.queue-keys"; // "off" when this person wants none
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const UNDO_MILLISECONDS = 60_000; // after that the server refuses

const bar = document.querySelector("[data-keys]");
const cards = [...document.querySelectorAll(".queue .card")];
const undo = document.querySelector("button[name=undo]");

if (undo) setTimeout(() => undo.remove(), UNDO_MILLISECONDS);

const stored = () => {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
};

const store = (value) => {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // The choice holds until the page is left.
  }
};

if (bar) {
  const help = document.querySelector("[data-keys-help]");
  const said = bar.querySelector("[data-keys-said]");
  const switchOn = help.querySelector("[data-keys-on]");

  const say = (words) => {
    said.textContent = "";
    // An empty moment between, so that the same words are read out again.
    setTimeout(() => (said.textContent = words), 50);
  };

  const current = () => cards.indexOf(document.activeElement?.closest(".card"));

  const goTo = (index) => {
    if (!cards.length) return;
    const card = cards[Math.max(0, Math.min(index, cards.length - 1))];
    card.focus();
    card.scrollIntoView({ block: "nearest" });
    const name = card.querySelector(".card-name").textContent.trim();
    say(
      bar.dataset.wordsPlace
        .replace("%1", cards.indexOf(card) + 1)
        .replace("%2", cards.length)
        .replace("%3", () => name),
    );
  };

  const press = (...names) => {
    const card = cards[current()];
    if (!card) return goTo(0); // nobody decides on what he has not looked at
    const buttons = names.map((name) => card.querySelector(`button[name=one][data-act="${name}"]`));
    const button = buttons.find(Boolean);
    if (button) button.click();
    else say(bar.dataset.wordsNo);
  };

  const keys = {
    j: () => goTo(current() + 1),
    k: () => goTo(current() - 1),
    a: () => press("keep", "approve", "restore"),
    s: () => press("spam"),
    r: () => press("remove"),
    u: () => (undo?.isConnected ? undo.click() : say(bar.dataset.wordsNone)),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (!switchOn.checked || help.open || event.target.closest(TYPING)) return;
    const act = Object.hasOwn(keys, event.key) && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  bar.querySelector("[data-keys-open]").addEventListener("click", () => help.showModal());
  help.querySelector("[data-keys-close]").addEventListener("click", () => help.close());
  switchOn.checked = stored() !== "off";
  switchOn.addEventListener("change", () => store(switchOn.checked ? "on" : "off"));
  bar.hidden = false;

  // After an act the page opens at the comment that comes next; there the keys go on.
  const next = location.hash && document.querySelector(".card:target");
  if (next) next.focus({ preventScroll: true });
  const told = document.querySelector(".messagelist");
  if (told) say(told.innerText);
}
