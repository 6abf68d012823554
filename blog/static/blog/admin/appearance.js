// The look of the blog: what is chosen shows at once, rows are dragged or moved without a round trip.
// Without this script the buttons do the same through the server.
const form = document.querySelector("[data-look]");
const preview = form.querySelector("[data-preview]");
const PAUSE_MS = 250; // between the last key and the preview: shorter asks for each letter

let timer = 0;
const show = () => {
  clearTimeout(timer);
  timer = setTimeout(() => form.requestSubmit(preview), PAUSE_MS);
};

// What the browser itself would refuse is shown as well: the preview says why.
preview.formNoValidate = true;
form.addEventListener("input", show);
document.querySelectorAll("[name=scheme]").forEach((one) => one.addEventListener("change", show));
form.requestSubmit(preview);

// --- Colours: a picker beside each field, which may stay empty ---

for (const field of form.querySelectorAll("[data-colour]")) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.setAttribute("aria-label", form.querySelector(`label[for="${field.id}"]`).textContent);
  const match = () => {
    const chosen = form.querySelector("[data-theme]:has(:checked)");
    const usual = chosen ? getComputedStyle(chosen).getPropertyValue("--theme-accent").trim() : "";
    picker.value = [field.value, usual].find((value) => /^#[0-9a-f]{6}$/i.test(value)) ?? "#000000";
  };
  match();
  form.addEventListener("input", match);
  picker.addEventListener("input", (event) => {
    event.stopPropagation();
    field.value = picker.value;
    show();
  });
  const pair = document.createElement("span");
  pair.className = "look-colour";
  field.replaceWith(pair);
  pair.append(field, picker);
}

// --- Rows ---

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("[data-row]");
  if (button.dataset.move === "up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  button.focus();
  show();
});

let dragged = null;
for (const row of form.querySelectorAll("[data-row]")) {
  const handle = row.querySelector(".look-row");
  // Only by its head: in its fields a drag selects words.
  handle.addEventListener("pointerdown", (event) => {
    row.draggable = !event.target.closest("button, input");
  });
  row.addEventListener("dragstart", (event) => {
    dragged = row;
    row.dataset.dragged = "";
    event.dataTransfer.effectAllowed = "move";
  });
  row.addEventListener("dragend", () => {
    delete row.dataset.dragged;
    row.draggable = false;
    dragged = null;
    show();
  });
  row.addEventListener("dragover", (event) => {
    if (!dragged || dragged === row || dragged.parentElement !== row.parentElement) return;
    event.preventDefault();
    const { top, height } = row.getBoundingClientRect();
    if (event.clientY < top + height / 2) row.before(dragged);
    else row.after(dragged);
  });
  row.addEventListener("drop", (event) => event.preventDefault());
}
