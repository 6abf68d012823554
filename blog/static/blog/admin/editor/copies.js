// Never lose a word: what is typed is kept in this browser at once and on the server a moment
// later, apart from the post. Whatever happens to either, the other one has it.

import { afterPause, el, say } from "./parts.js";
import { uploads } from "./uploads.js";

const PREFIX = "postil-copy:";
const HERE_MS = 300;
const THERE_MS = 2_500; // after the last key; within the five seconds that are promised
const AGAIN_MS = 15_000; // between two tries while the server is away
const SEEN_MS = 30_000; // others see that somebody has the post open
const FIELDS = ["title", "body", "markup", "language", "description", "slug", "new_labels"];

class LoggedOut extends Error {}

/** Keeps the texts of `form`; says in `modes.status` where they are. */
export function keepCopies(form, desk, modes) {
  const { keep, token: tokenAddress, post, person, logIn } = desk.dataset;
  const key = form.elements.namedItem("copy_key").value;
  const secret = form.elements.namedItem("csrfmiddlewaretoken");
  const saved = el("span", { class: "editor-saved", role: "status" });
  const people = el("p", { class: "editor-people", role: "status" });
  modes.status.prepend(saved);
  modes.holder.before(people);

  let isComposing = false;
  let isLeaving = false;
  let retry = 0;
  const first = JSON.stringify(words());
  let sent = first;

  function words() {
    const value = (name) =>
      name === "markup"
        ? form.querySelector("[name=markup]:checked")?.value
        : form.elements.namedItem(name)?.value;
    return Object.fromEntries(FIELDS.map((name) => [name, value(name) ?? ""]));
  }

  // --- In this browser ---

  function keepHere() {
    if (JSON.stringify(words()) === first) return true;
    const base = form.elements.namedItem("base_revision").value;
    const copy = { post, person, base, at: Date.now(), fields: words() };
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify(copy));
      return true;
    } catch {
      return false; // full, or switched off
    }
  }

  // --- On the server ---

  async function tell(fields) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ key, post, ...fields })) body.append(name, value ?? "");
    const send = () =>
      fetch(keep, { method: "POST", body, headers: { "X-CSRFToken": secret.value }, redirect: "manual" });
    let answer = await send();
    if (answer.status === 403 && (await renewSecret())) answer = await send();
    if (answer.status === 403) throw new LoggedOut();
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  }

  /** Logging in again, in another tab, made another secret. False: nobody is logged in. */
  async function renewSecret() {
    const answer = await fetch(tokenAddress, { redirect: "manual" });
    if (!answer.ok) {
      if (answer.status === 403) return false;
      throw new Error(answer.status);
    }
    secret.value = (await answer.json()).token;
    return true;
  }

  async function keepThere() {
    clearTimeout(retry);
    if (isComposing) {
      later();
      return;
    }
    const now = words();
    const text = JSON.stringify(now);
    if (text === sent) return;
    const isHere = keepHere();
    try {
      const answer = await tell({ ...now, base_revision: form.elements.namedItem("base_revision").value });
      sent = text;
      show(answer);
      if (answer.state === "kept") {
        const time = new Date(answer.saved_at).toLocaleTimeString(document.documentElement.lang || undefined, {
          hour: "2-digit",
          minute: "2-digit",
        });
        saved.replaceChildren(say("keptAt", { time }));
      } else saved.replaceChildren();
    } catch (error) {
      retry = setTimeout(keepThere, AGAIN_MS);
      if (error instanceof LoggedOut) sayLoggedOut(isHere);
      else saved.replaceChildren(say(isHere ? "keptHere" : "notKept"));
    }
  }

  function sayLoggedOut(isHere = true) {
    const link = el("a", { href: logIn, target: "_blank", rel: "noopener" }, say("logIn"));
    saved.replaceChildren(say(isHere ? "loggedOut" : "notKept"), " ", link);
  }

  function show({ others, newer }) {
    const sentences = [];
    if (others.length) sentences.push(say("alsoHere", { names: others.join(", ") }));
    if (newer) sentences.push(newer);
    const text = sentences.join(" ");
    if (people.textContent !== text) people.textContent = text;
  }

  async function seen() {
    if (document.visibilityState !== "visible" || isLeaving) return;
    try {
      show(await tell({ base_revision: form.elements.namedItem("base_revision").value }));
    } catch (error) {
      if (error instanceof LoggedOut) sayLoggedOut();
    }
  }

  // --- When ---

  const here = afterPause(() => (isComposing ? here() : keepHere()), HERE_MS);
  const later = afterPause(keepThere, THERE_MS);
  const changed = () => {
    here();
    later();
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("compositionstart", () => (isComposing = true));
  form.addEventListener("compositionend", () => {
    isComposing = false;
    changed();
  });
  addEventListener("online", keepThere);
  addEventListener("focus", keepThere);
  addEventListener("pagehide", () => {
    modes.tool?.flush();
    if (!isLeaving) keepHere();
  });
  if (post) {
    seen();
    setInterval(seen, SEEN_MS);
  }

  // --- Saving: only towards a server that is there and knows who asks ---

  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (isLeaving || submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    modes.tool?.flush();
    const isHere = keepHere();
    if (uploads.areUnfinished) {
      saved.replaceChildren(say("stillUploading"));
      return;
    }
    try {
      if (!(await renewSecret())) {
        sayLoggedOut(isHere);
        saved.scrollIntoView({ block: "center" });
        return;
      }
    } catch {
      saved.replaceChildren(say(isHere ? "cantSave" : "notKept"));
      saved.scrollIntoView({ block: "center" });
      return;
    }
    clearTimeout(retry);
    isLeaving = true;
    form.requestSubmit(submitter);
    isLeaving = form.checkValidity();
  });
  // Back from the page after it, with the browser's own memory of this one.
  addEventListener("pageshow", (event) => event.persisted && (isLeaving = false));

  // --- What an earlier visit left in this browser ---

  async function offer() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + key);
    for (const name of names) {
      const copy = JSON.parse(localStorage.getItem(name));
      if (copy.person !== person || copy.post !== post) continue;
      const its = name.slice(PREFIX.length);
      const answer = await tell({ ...copy.fields, key: its, base_revision: copy.base, written_at: copy.at });
      if (answer.state !== "kept") {
        localStorage.removeItem(name);
        continue;
      }
      const holder = document.querySelector("[data-found]");
      if (holder.querySelector(`[data-key="${CSS.escape(its)}"]`)) continue;
      const time = new Date(copy.at).toLocaleString(document.documentElement.lang || undefined);
      holder.append(
        el(
          "p",
          { class: "waiting-copy", "data-key": its },
          el("span", {}, say("foundHere", { time })),
          el("a", { href: answer.look }, say("sideBySide")),
          el("a", { href: answer.restore }, say("goOn")),
        ),
      );
    }
  }
  offer().catch(() => {}); // the texts stay where they are, for the next visit
}
