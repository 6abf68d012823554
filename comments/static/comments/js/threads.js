// Reading a discussion, made easier. Without this, every link and button here is a page load.

function attend(section) {
  const threads = section.querySelector("[data-page]");
  const said = section.querySelector("[data-said]");
  const say = (words) => (said.textContent = words);
  let search = location.search; // of the page that is shown
  prepare();
  unfold();

  /** What this device knows of comments that have just come into the page; news.js listens too. */
  function prepare() {
    showLikes(section);
    section.dispatchEvent(new Event("comments:loaded"));
  }

  async function load(address) {
    section.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fetched = page.querySelector("#comments [data-page]");
      if (!response.ok || !fetched) throw new Error(`${response.status} ${address}`);
      return fetched;
    } finally {
      section.removeAttribute("aria-busy");
    }
  }

  section.addEventListener("click", async (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const like = event.target.closest("button[formaction$='/like/']");
    if (like) {
      event.preventDefault();
      change(like, { section, say });
      return;
    }
    const link = event.target.closest(".comment-gap, .thread-pager a, .thread-orders a");
    if (!link || !isPlain) return;
    const put = link.closest(".thread-orders") ? putAll : link.matches(".comment-gap") ? putReplies : putThreads;
    // A form that stands under a comment would go with it; a page load brings back what it held.
    if (put === putAll && threads.querySelector("form.comment-form")) return;
    event.preventDefault();
    if (section.hasAttribute("aria-busy")) return;
    let added;
    try {
      added = put(await load(link.href), threads, link);
    } catch {
      // Offline or refused: the browser says so better.
    }
    if (!added?.length) {
      location.assign(link.href);
      return;
    }
    history.pushState(null, "", link.href);
    search = location.search;
    prepare();
    const articles = added.flatMap((row) => [...row.querySelectorAll(".comment")]);
    articles[0].tabIndex = -1;
    articles[0].focus();
    say(said.dataset.loaded.replace("{count}", articles.length));
  });

  addEventListener("popstate", async () => {
    if (location.search === search) return; // only another place on the same page
    search = location.search;
    try {
      if (threads.querySelector("form.comment-form")) throw new Error("a text would be lost");
      putAll(await load(location.href), threads);
    } catch {
      location.reload();
      return;
    }
    prepare();
    unfold();
    target()?.scrollIntoView();
  });
  addEventListener("hashchange", unfold);
}

const target = () => document.getElementById(location.hash.slice(1));

/** Opens what the comment that the address names is folded into; older browsers do not. */
function unfold() {
  for (let at = target(); at; at = at.parentElement) {
    if (at.matches("details:not([open])")) {
      at.open = true;
      target().scrollIntoView();
    }
  }
}

// --- Loading in place: each puts what is new of a fetched page, and answers with the new rows -----

function isHere(row) {
  const article = row.querySelector(".comment[id]");
  return article !== null && document.getElementById(article.id) !== null;
}

/** The replies that `gap` stands for, in its place. None when a hole would be left behind them. */
function putReplies(fetched, _threads, gap) {
  const place = gap.closest("li");
  const rows = [];
  let row = fetched.querySelector(`[id="${CSS.escape(gap.hash.slice(1))}"]`)?.closest("li");
  for (; row && !isHere(row); row = row.nextElementSibling) rows.push(row);
  const leavesHole = !row && rows.at(-1)?.querySelector(".comment-gap");
  if (leavesHole && place.nextElementSibling) return [];
  if (rows.length) place.replaceWith(...rows);
  return rows;
}

/** The threads of the page before or after, and its link to the next one. */
function putThreads(fetched, threads, link) {
  const pager = link.closest(".thread-pager");
  const { side } = pager.dataset;
  const rows = [...fetched.querySelectorAll("[data-threads] > li")].filter((row) => !isHere(row));
  if (!rows.length) return [];
  threads.querySelector("[data-threads]")[side === "before" ? "prepend" : "append"](...rows);
  const next = fetched.querySelector(`.thread-pager[data-side=${side}]`);
  const pinned = side === "before" && fetched.querySelector(".pinned");
  pager.replaceWith(...[next, pinned].filter(Boolean));
  return rows;
}

/** Another order, from its beginning. */
function putAll(fetched, threads) {
  threads.replaceChildren(...fetched.childNodes);
  return [...threads.querySelectorAll("[data-threads] > li")];
}

// --- Likes: what a stranger likes is in no page that others get, so his device remembers it -------

const strangers = new WeakSet(); // buttons about which the server said nothing
const keyOf = (button) => button.formAction.match(/(\d+)\/like\/$/)[1];

function liked(post) {
  try {
    return new Set(JSON.parse(localStorage.getItem(`postil:liked:${post}`)));
  } catch {
    return new Set();
  }
}

function showLikes(section) {
  const keys = liked(section.dataset.post);
  for (const button of section.querySelectorAll("button[formaction$='/like/']:not([aria-pressed])")) {
    strangers.add(button);
    button.setAttribute("aria-pressed", String(keys.has(keyOf(button))));
  }
}

async function change(button, { section, say }) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const body = new URLSearchParams(new FormData(button.form));
  body.set("liked", button.getAttribute("aria-pressed") === "true" ? "0" : "1");
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(button.formAction, { method: "POST", headers, body });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error, { cause: "refused" });
    button.setAttribute("aria-pressed", String(answer.liked));
    button.textContent = button.textContent.replace(/\s*\d*\s*$/, answer.count ? ` ${answer.count}` : "");
    if (strangers.has(button)) remember(section.dataset.post, keyOf(button), answer.liked);
    say("");
  } catch (error) {
    const { failed } = section.querySelector("[data-said]").dataset;
    say(error.cause === "refused" && error.message ? error.message : failed);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function remember(post, key, isLiked) {
  const keys = liked(post);
  if (isLiked) keys.add(key);
  else keys.delete(key);
  try {
    localStorage.setItem(`postil:liked:${post}`, JSON.stringify([...keys]));
  } catch {
    // Storage is full or switched off: the server still knows.
  }
}

const section = document.querySelector("#comments");
if (section) attend(section);
