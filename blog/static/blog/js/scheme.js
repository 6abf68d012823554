// Before anything is drawn: the colours that this reader chose here, so that no page flashes in the
// others first. A classic script in the head for that reason alone; scheme-choice.js does the rest.
// The name and the words are the writing desk's, where the same choice holds.
(() => {
  const root = document.documentElement;
  root.dataset.scripted = "";
  if (root.dataset.scheme) return; // a preview shows what it is told to
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.scheme = chosen;
  } catch {
    // No storage, no choice: the system's scheme holds.
  }
})();
