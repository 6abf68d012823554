// The panel before publishing, asked anew while somebody writes. Without this script it says what it
// said when the text was saved last.

const PAUSE_MS = 1_000; // it looks through the database, and nobody waits for it

const section = document.querySelector("[data-inspection]");
const form = section?.closest("form");

if (section && form) {
  const shown = section.querySelector(".desk-inspected");
  let timer;
  let running;

  const look = async () => {
    running?.abort();
    running = new AbortController();
    const answer = await fetch(section.dataset.inspection, {
      method: "POST",
      body: new FormData(form),
      signal: running.signal,
      redirect: "error", // to the log-in page: the session has ended
    }).catch(() => null);
    if (!answer?.ok) return; // what was said last stays
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceChildren(...next.body.childNodes);
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
}
