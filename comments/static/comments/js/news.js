// What is new in a discussion. When this reader was here last, only this device knows.

const VISIT = 30 * 60; // seconds: who comes back sooner has not been away
const KEPT = 200; // discussions of which this device remembers the last visit
const LOOK_EVERY = 45_000; // milliseconds
const LOOK_FOR = 60 * 60 * 1000; // then the page has been left open, nobody waits before it
const FEED_SIZE = 25; // comments in it, when there are so many

const seconds = (text) => Math.floor(Date.parse(text) / 1000) || 0;

function attend(section) {
  const newest = seconds(section.dataset.last);
  const since = lastVisit(section.dataset.post, newest);
  if (since !== null) {
    mark(section, since);
    section.addEventListener("comments:loaded", () => mark(section, since));
  }
  if (!section.dataset.feed) return;
  const look = looking(section.dataset.feed);
  if (since !== null && newest > since) tell(section, { look, since });
  const until = Date.now() + LOOK_FOR;
  const timer = setInterval(() => {
    if (Date.now() > until) clearInterval(timer);
    else if (!document.hidden) tell(section, { look, since: newest, isNow: true });
  }, LOOK_EVERY);
}

/** The time of the newest comment there was at the last visit; null at the first one. */
function lastVisit(post, newest) {
  const key = `postil:seen:${post}`;
  const seen = read(key);
  const since = seen ? (now() - seen.at < VISIT ? seen.since : seen.newest) : null;
  const keep = () => {
    // Another tab may have seen more, and this page may come from a cache: nothing gets new again.
    const kept = read(key);
    write(key, { since, newest: Math.max(newest, kept?.newest ?? 0), at: now() });
  };
  keep();
  // A visit lasts until its page is left: the next page of a long discussion belongs to it.
  addEventListener("pagehide", keep);
  return since;
}

const now = () => Math.floor(Date.now() / 1000);

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Keeps what was seen of one discussion, and forgets those where the reader was longest ago. */
function write(key, seen) {
  try {
    localStorage.setItem(key, JSON.stringify(seen));
    const others = Object.keys(localStorage).filter((name) => name.startsWith("postil:seen:"));
    if (others.length <= KEPT) return;
    others.sort((one, other) => (read(other)?.at ?? 0) - (read(one)?.at ?? 0));
    for (const name of others.slice(KEPT)) localStorage.removeItem(name);
  } catch {
    // Storage is full or switched off: then every visit is the first.
  }
}

/** Says “New” beside each comment that came since the last visit. */
function mark(section, since) {
  const { word } = section.querySelector("[data-news]").dataset;
  for (const time of section.querySelectorAll(".comment > header time:not([data-checked])")) {
    time.dataset.checked = "";
    if (seconds(time.dateTime) <= since || isOwn(time.closest(".comment"))) continue;
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.textContent = word;
    time.closest("header").append(" ", badge);
  }
}

const isOwn = (comment) =>
  comment.hasAttribute("data-held") || comment.querySelector("a[href$='/delete/']") !== null;

/** Asks for the newest comments; after the first time only whether there are others. */
function looking(feed) {
  let tag = null;
  return async () => {
    // As nobody in particular, so that the answer is the one that is kept for everybody.
    const headers = tag ? { "If-None-Match": tag } : {};
    const response = await fetch(feed, { headers, cache: "no-store", credentials: "omit" });
    if (!response.ok) return []; // 304 too
    tag = response.headers.get("ETag");
    return (await response.json()).items;
  };
}

/** Shows how many comments came after `since`, and the way to the first; nothing else moves. */
async function tell(section, { look, since, isNow = false }) {
  let items;
  try {
    items = await look();
  } catch {
    return; // offline: asked again later
  }
  const line = section.querySelector("[data-news]");
  const news = items
    .map(({ url, date_published }) => ({ url: new URL(url), at: seconds(date_published) }))
    .filter(({ url, at }) => {
      const here = document.getElementById(url.hash.slice(1));
      return at > since && !(here && (isNow || isOwn(here)));
    });
  if (!news.length) return;
  const first = news.reduce((one, other) => (other.at < one.at ? other : one));
  const { oneNow, manyNow, oneSince, manySince } = line.dataset;
  const words = news.length === 1 ? [oneSince, oneNow] : [manySince, manyNow];
  const count = news.length < FEED_SIZE ? news.length : `${FEED_SIZE}+`;
  const link = document.createElement("a");
  const isHere = document.getElementById(first.url.hash.slice(1)) !== null;
  link.href = isHere ? first.url.hash : first.url.pathname + first.url.search + first.url.hash;
  link.textContent = words[Number(isNow)].replace("{count}", count);
  line.replaceChildren(link);
  line.hidden = false;
}

const section = document.querySelector("#comments");
if (section) attend(section);
