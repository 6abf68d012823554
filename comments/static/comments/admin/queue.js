// Convenience for the queue: marks all comments of the page, counts the marked ones, marks a range
// with the Shift key. The page works without it.

const form = document.querySelector(".queue");
const all = form?.querySelector("[data-mark-all]");

if (all) {
  const marks = [...form.querySelectorAll(".card-mark")];
  const counter = form.querySelector("[data-marked-count]");
  let last = null;

  const show = () => {
    const count = marks.filter((mark) => mark.checked).length;
    counter.textContent = count;
    all.checked = count === marks.length;
    all.indeterminate = count > 0 && count < marks.length;
  };

  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const mark of marks) mark.checked = all.checked;
    show();
  });
  form.addEventListener("click", (event) => {
    const here = marks.indexOf(event.target);
    if (here < 0) return;
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(here, last), Math.max(here, last)];
      for (const mark of marks.slice(from, to + 1)) mark.checked = event.target.checked;
    }
    last = here;
    show();
  });
  form.addEventListener("keydown", (event) => {
    // Enter on a checkbox would send the form, and the marks would be lost.
    if (event.key === "Enter" && event.target.type === "checkbox") event.preventDefault();
  });
  show(); // a browser that goes back keeps what was marked
}
