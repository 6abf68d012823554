// The three buttons at the foot: colours as the system has them, always light, always dark.
const root = document.documentElement;
const choice = document.querySelector("[data-scheme-choice]");

const stored = () => {
  try {
    return localStorage.getItem("theme") ?? "auto";
  } catch {
    return "auto";
  }
};

const apply = (scheme) => {
  if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme;
  else delete root.dataset.scheme;
  for (const button of choice.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === scheme));
  }
};

if (choice) {
  apply(root.dataset.scheme ?? stored());
  choice.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    try {
      localStorage.setItem("theme", button.value);
    } catch {
      // It holds for this page at least.
    }
    apply(button.value);
  });
  // Another tab of this blog, or the writing desk, chose.
  addEventListener("storage", (event) => {
    if (event.key === "theme") apply(stored());
  });
}
