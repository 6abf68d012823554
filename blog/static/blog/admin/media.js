// The library's form: several files at once, dropped or chosen, each with its progress and, when the
// connection was lost, another try. Without this script the form sends the files and the page tells.

const AT_ONCE = 2; // more only share the same line

const form = document.querySelector(".media-upload[data-upload]");
const grid = document.querySelector(".media-grid");
const model = document.querySelector("#media-tile");

/** An element with its class and text. */
function element(name, className, text = "") {
  const one = document.createElement(name);
  one.className = className;
  one.textContent = text;
  return one;
}

/** Sends `file`; calls `tell` with a number from 0 to 1. Answers with the item, or with words. */
function send(file, tell) {
  const words = form.dataset;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("file", file, file.name);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of what has been sent
    request.open("POST", words.upload);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) tell(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status < 300 && answer?.id) resolve({ item: answer });
      else resolve({ error: answer?.error ?? words.wordsRefused, again: request.status >= 500 });
    });
    for (const name of ["error", "timeout", "abort"]) {
      request.addEventListener(name, () => resolve({ error: words.wordsLost, again: true }));
    }
    request.send(body);
  });
}

/** Puts `item` in front of the grid; one that is there already moves. */
function showInGrid(item) {
  if (!grid || !model) return;
  const tile = model.content.firstElementChild.cloneNode(true);
  const link = tile.querySelector("a");
  link.href = link.getAttribute("href").replace("/0/", `/${item.id}/`);
  for (const twin of grid.querySelectorAll("a")) {
    if (twin.getAttribute("href") === link.getAttribute("href")) twin.closest("li").remove();
  }
  const image = tile.querySelector("img");
  image.width = item.width_px;
  image.height = item.height_px;
  image.src = item.thumbnail_url;
  tile.querySelector(".media-name").textContent = item.title;
  if (item.alternative_text || item.is_decorative) tile.querySelector("[data-wanted]").remove();
  grid.prepend(tile);
  document.querySelector(".media-none")?.remove();
}

/** One line of the queue, and what it does with its file. */
function line(file) {
  const words = form.dataset;
  const row = element("li", "media-sent");
  const name = element("span", "media-name", file.name);
  name.dir = "auto";
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const state = element("span", "media-state", words.wordsWaiting);
  row.append(name, bar, state);

  async function run() {
    row.dataset.state = "sending";
    row.querySelector("button")?.remove();
    bar.hidden = false;
    bar.value = 0;
    state.textContent = words.wordsSending;
    const { item, error, again } = await send(file, (part) => {
      bar.value = part;
      if (part === 1) state.textContent = words.wordsLooking;
    });
    bar.hidden = true;
    row.dataset.state = item ? "done" : "failed";
    state.textContent = item ? words.wordsDone : error;
    if (item) showInGrid(item);
    if (again) {
      const button = element("button", "desk-button", words.wordsAgain);
      button.type = "button";
      button.dataset.quiet = "";
      button.addEventListener("click", () => enqueue(run));
      row.append(button);
    }
  }

  return { row, run };
}

const waiting = [];
let running = 0;

function enqueue(run) {
  waiting.push(run);
  next();
}

async function next() {
  if (running >= AT_ONCE || !waiting.length) return;
  running += 1;
  await waiting.shift()();
  running -= 1;
  next();
}

function take(files) {
  const queue = form.querySelector(".media-queue");
  for (const file of files) {
    const { row, run } = line(file);
    queue.append(row);
    enqueue(run);
  }
}

if (form) {
  const input = form.elements.namedItem("file");
  form.querySelector("[type=submit]").hidden = true;
  for (const hint of form.querySelectorAll("[data-only-scripts]")) hint.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });

  let depth = 0; // dragging over a child leaves its parent first
  const over = (by) => {
    depth = Math.max(0, depth + by);
    form.toggleAttribute("data-over", depth > 0);
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => carriesFiles(event) && over(1));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && over(-1));
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(-depth);
    take([...event.dataTransfer.files]);
  });
  // A picture that was copied is pasted as a file; words go where they were pasted.
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(files);
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}
