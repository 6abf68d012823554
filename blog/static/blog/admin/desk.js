// The writing desk: live preview, proposals for the address, and the chosen time in UTC.
// Without this script the form does all the same things with a click more.

const PAUSE_MS = 500; // after the last key; shorter shows half words, longer feels slow

const desk = document.querySelector(".desk[data-preview]");
const form = desk?.closest("form");

/** Calls `act` once things have been quiet for a moment. */
function afterPause(act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, PAUSE_MS);
  };
}

// --- Preview ---

function livePreview(section) {
  const frame = section.querySelector("iframe");
  const trouble = section.querySelector(".desk-preview-trouble");
  let running;

  // Links in the preview lead out of the page that is being written.
  frame.addEventListener("load", () => {
    frame.contentDocument.addEventListener("click", (event) => {
      if (event.target.closest("a[href]:not([href^='#'])")) event.preventDefault();
    });
  });

  async function page() {
    running?.abort();
    running = new AbortController();
    const answer = await fetch(desk.dataset.preview, {
      method: "POST",
      body: new FormData(form),
      signal: running.signal,
      redirect: "error", // to the log-in page: the session has ended
    });
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    // The frame runs no scripts; without them in it, the console stays free of complaints.
    for (const script of next.querySelectorAll("script")) script.remove();
    return next;
  }

  function show(next) {
    const shown = frame.contentDocument;
    if (frame.hidden || !shown?.querySelector("main")) {
      frame.srcdoc = `<!doctype html>${next.documentElement.outerHTML}`;
      frame.hidden = false;
      return;
    }
    // Only the text is exchanged: the frame keeps its place and does not flicker.
    shown.querySelector("main").replaceWith(shown.adoptNode(next.querySelector("main")));
  }

  return async () => {
    try {
      show(await page());
      trouble.hidden = true;
    } catch (error) {
      if (error.name === "AbortError") return;
      trouble.textContent = desk.dataset.wordsFailed;
      trouble.hidden = false;
    }
  };
}

// --- Address ---

function proposals(slug, title, language) {
  const list = document.createElement("div");
  list.className = "desk-proposals";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", desk.dataset.wordsUse);
  slug.after(list);

  function button(text) {
    const one = document.createElement("button");
    one.type = "button";
    one.textContent = text;
    one.addEventListener("click", () => {
      slug.value = text;
      slug.dispatchEvent(new Event("input", { bubbles: true }));
      slug.focus();
    });
    return one;
  }

  return async () => {
    const query = new URLSearchParams({ title: title.value, language: language?.value ?? "" });
    const answer = await fetch(`${desk.dataset.proposals}?${query}`, { redirect: "error" }).catch(
      () => null,
    );
    if (!answer?.ok) return; // a help, not a need: the address is made on publishing anyway
    const found = (await answer.json()).proposals.filter((text) => text !== slug.value);
    list.replaceChildren(...found.map(button));
  };
}

// --- Time ---

/** Milliseconds that the clocks of `zone` are ahead of UTC at `instant`. */
function offsetAt(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-u-hc-h23", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(instant);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(of.year, of.month - 1, of.day, of.hour, of.minute, of.second) - instant;
}

function timeInUtc(field) {
  const shown = document.createElement("output");
  shown.className = "desk-utc";
  shown.htmlFor = field.id;
  field.after(shown);
  return () => {
    const local = Date.parse(`${field.value}Z`);
    if (Number.isNaN(local) || field.dataset.zone === "UTC") {
      shown.textContent = "";
      return;
    }
    const guess = local - offsetAt(local, field.dataset.zone);
    const instant = local - offsetAt(guess, field.dataset.zone);
    shown.textContent = `${new Date(instant).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  };
}

function chooseTimeWhenTyped(field) {
  field.addEventListener("input", () => {
    const other = form.querySelector("[name=step][value=at]");
    if (other && field.value) other.checked = true;
  });
}

// --- Labels ---

/** Select2 leaves its search field without a name, and its list with a role that fits no list. */
function nameLabelSearch(select) {
  const words = form.querySelector(`label[for="${select.id}"]`)?.textContent;
  const box = select.parentElement;
  if (!words) return;
  const repair = () => {
    box.querySelector(".select2-search__field")?.setAttribute("aria-label", words);
    for (const odd of box.querySelectorAll("ul > :not(li)")) odd.setAttribute("role", "listitem");
  };
  repair();
  new MutationObserver(repair).observe(box, { childList: true, subtree: true });
}

// --- Begin ---

if (desk && form) {
  const field = (name) => form.elements.namedItem(name);

  const section = desk.querySelector(".desk-preview");
  if (section) {
    const refresh = livePreview(section);
    form.addEventListener("input", afterPause(refresh));
    form.addEventListener("change", afterPause(refresh));
    refresh();
  }

  const slug = field("slug");
  const title = field("title");
  if (slug && title) {
    const propose = proposals(slug, title, field("language"));
    for (const source of [title, field("language")]) {
      source?.addEventListener("input", afterPause(propose));
    }
    propose();
  }

  const labels = field("labels");
  if (labels) nameLabelSearch(labels);

  const time = field("publish_time");
  if (time?.dataset.zone) {
    const update = timeInUtc(time);
    time.addEventListener("input", update);
    chooseTimeWhenTyped(time);
    update();
  }
}
