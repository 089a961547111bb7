// Small comforts of forms. Every form works without them.
import { on } from "./on.js";

// Enter sends, Shift+Enter breaks the line.
on("keydown", "textarea[data-submit-on-enter]", (e, box) => {
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  if (box.value.trim() || box.form.querySelector("[data-attach]")?.files.length) box.form.requestSubmit();
});

// A click writes a suggested text into a box: data-fill="#composer" data-text="…".
on("click", "[data-fill]", (e, button) => {
  const box = document.querySelector(button.dataset.fill);
  box.value = button.dataset.text ?? button.textContent.trim();
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});

// data-clear-on-send empties a form as its message leaves: what is written or chosen meanwhile is the next one. A message that
// was refused comes back where nothing new stands.
const leaving = new WeakMap();
document.addEventListener("htmx:beforeSend", (e) => {
  const form = e.target;
  if (!form.matches?.("form[data-clear-on-send]")) return;
  const fields = [...form.elements].filter((field) => field.value && field.type !== "hidden" && field.type !== "submit");
  leaving.set(e.detail.xhr, fields.map((field) => [field, field.type === "file" ? copyOf(field.files) : field.value]));
  form.reset();
});
// A field's own list of files empties with the field.
function copyOf(files) {
  const copy = new DataTransfer();
  for (const file of files) copy.items.add(file);
  return copy.files;
}

document.addEventListener("htmx:afterRequest", (e) => {
  if (e.detail.successful && e.detail.xhr.status < 400) return;
  for (const [field, held] of leaving.get(e.detail.xhr) ?? []) {
    if (!field.value) field[field.type === "file" ? "files" : "value"] = held;
  }
});

// data-named-by="fields": they name what the box began with. Another thing has another name, so they empty when it is changed
// by hand, and are back when it is; what somebody wrote stays.
on("input", "[data-named-by]", (e, box) => {
  const isFirst = box.value === box.defaultValue;
  for (const name of box.form.querySelectorAll(box.dataset.namedBy)) {
    if (name.value === (isFirst ? "" : name.defaultValue)) name.value = isFirst ? name.defaultValue : "";
  }
});

// A select or checkbox with data-submit sends its form when it changes.
on("change", "[data-submit]", (e, input) => input.form.requestSubmit());

// data-preview="#id" shows the chosen picture before it is sent.
on("change", "input[type=file][data-preview]", (e, input) => {
  const picture = document.querySelector(input.dataset.preview);
  if (!picture || !input.files[0]) return;
  picture.src = URL.createObjectURL(input.files[0]);
  picture.hidden = false;
});

// data-add-row="#template" appends a copy of the template's row and counts it in the formset.
on("click", "[data-add-row]", (e, button) => {
  e.preventDefault(); // without scripts the same button asks the server for the row
  const template = document.querySelector(button.dataset.addRow);
  const total = document.querySelector(template.dataset.total);
  const list = document.querySelector(template.dataset.list);
  const copy = template.content.cloneNode(true);
  for (const element of copy.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (value.includes("__prefix__")) element.setAttribute(name, value.replaceAll("__prefix__", total.value));
    }
  }
  total.value = Number(total.value) + 1;
  list.append(copy);
  list.lastElementChild.querySelector("input:not([type=hidden])")?.focus();
});

// data-confirm asks first. Held in the capture phase, so htmx and plain forms wait alike.
document.addEventListener(
  "submit",
  (e) => {
    const question = e.submitter?.dataset.confirm ?? e.target.dataset.confirm;
    const dialog = document.getElementById("confirm");
    if (!question || !dialog || e.target.dataset.confirmed !== undefined) {
      delete e.target.dataset.confirmed;
      return;
    }
    e.preventDefault();
    e.stopImmediatePropagation();
    dialog.querySelector("[data-question]").textContent = question;
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      e.target.dataset.confirmed = "";
      e.target.requestSubmit(e.submitter);
    };
    dialog.returnValue = "no";
    dialog.showModal();
  },
  { capture: true },
);
