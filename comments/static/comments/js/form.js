// The comment form, made easier. Everything here also works without it, a page load later.

const MAX_AGE = 30 * 24 * 60 * 60 * 1000; // a month: then nobody comes back for an unsent text

/** What was typed on one post, kept on this device until the server has it. */
class Draft {
  constructor(post) {
    this.key = `postil:comment:${post}`;
  }

  read() {
    try {
      const draft = JSON.parse(localStorage.getItem(this.key));
      return draft && Date.now() - draft.at < MAX_AGE ? draft : null;
    } catch {
      return null;
    }
  }

  write(draft) {
    try {
      if (draft.text) localStorage.setItem(this.key, JSON.stringify({ ...draft, at: Date.now() }));
      else localStorage.removeItem(this.key);
    } catch {
      // Storage is full or switched off: the text is still in the field.
    }
  }

  forget() {
    this.write({ text: "" });
  }
}

/** The server shows what it has: nothing more to keep. */
for (const shown of document.querySelectorAll("[data-received]")) {
  new Draft(shown.dataset.received).forget();
}

const form = document.querySelector("form.comment-form");
if (form) attend(form);

function attend(form) {
  const draft = new Draft(form.dataset.post);
  const text = form.elements.comment;
  const replyTo = form.elements.reply_to;
  const status = form.querySelector("[data-status]");
  const replying = form.querySelector("[data-replying]");
  const home = document.createComment("the form's own place");
  const desk = form.closest(".comment-desk");
  const openBefore = Number(form.elements.seconds_open.value) || 0;
  form.before(home);

  const keep = (sent = false) => draft.write({ text: text.value, replyTo: replyTo.value, sent });

  function answer(link, { focuses = true } = {}) {
    const comment = link.closest(".comment");
    replyTo.value = new URL(link.href).searchParams.get("reply_to");
    // The label has a number, to tell two comments of one person apart; here the place does that.
    replying.firstElementChild.textContent = link.getAttribute("aria-label").replace(/\s*[(（]\d+[)）]$/, "");
    replying.hidden = false;
    comment.append(form);
    if (desk) desk.hidden = true;
    if (focuses) text.focus();
  }

  function answerPost() {
    const link = form.closest(".comment")?.querySelector(".comment-reply");
    replyTo.value = "0";
    replying.hidden = true;
    if (desk) desk.hidden = false;
    home.after(form);
    (link ?? text).focus();
    keep();
  }

  const replyLink = (key) =>
    [...document.querySelectorAll(".comment-reply")].find(
      (link) => new URL(link.href).searchParams.get("reply_to") === String(key),
    );

  // The own comment stands on the page that sending it led to: it has arrived.
  let kept = draft.read();
  const asked = new URLSearchParams(location.search).get("comment");
  if (kept?.sent && asked && location.hash && document.getElementById(location.hash.slice(1))) {
    draft.forget();
    kept = null;
  }
  if (kept && !text.value) {
    text.value = kept.text;
    status.textContent = status.dataset.restored;
    const link = replyLink(kept.replyTo);
    if (link) answer(link, { focuses: false });
  }

  // Blogger's own way to name a reply in an address.
  const named = /^#comment-form_c?(\d+)$/.exec(location.hash);
  if (named) {
    const link =
      document.getElementById(`c${named[1]}`)?.querySelector(".comment-reply") ?? replyLink(named[1]);
    if (link) answer(link);
  }

  text.addEventListener("input", () => keep());
  replying.querySelector("button").addEventListener("click", answerPost);

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".comment-reply");
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain) return;
    event.preventDefault();
    answer(link);
    keep();
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "true";
    form.elements.seconds_open.value = Math.round(openBefore + performance.now() / 1000);
    keep(event.submitter?.name !== "preview");
    status.textContent = status.dataset.sending;
    for (const button of form.querySelectorAll(".buttons button")) {
      button.setAttribute("aria-disabled", "true");
    }
  });

  // Back from the next page: the form may be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    delete form.dataset.sending;
    status.textContent = "";
    for (const button of form.querySelectorAll(".buttons button")) {
      button.removeAttribute("aria-disabled");
    }
  });
}
