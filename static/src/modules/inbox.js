// The inbox: a message is on the screen the moment it is sent, keys walk the list, and the "Why?" dialog opens.
import { announce, on } from "./on.js";
import { forgetFile } from "./attach.js";

const drafts = new WeakMap(); // form → the text that is on its way

function showPending(form, text) {
  const item = form.querySelector("template[data-pending]").content.firstElementChild.cloneNode(true);
  item.querySelector(".bub").textContent = text;
  document.getElementById("thread-log")?.append(item);
}

document.addEventListener("htmx:beforeRequest", (e) => {
  const form = e.target.closest?.("form[data-composer]");
  if (!form || e.target !== form) return;
  const box = form.elements.text;
  const file = form.elements.file?.files[0];
  if (drafts.has(form) || (!box.value.trim() && !file)) return e.preventDefault(); // one at a time: order is kept
  drafts.set(form, box.value);
  showPending(form, [file?.name, box.value].filter(Boolean).join("\n"));
  box.value = "";
  halfWritten.delete(form.dataset.composer);
});

document.addEventListener("htmx:afterRequest", (e) => {
  const form = e.detail.elt; // perhaps no longer on the page: a template is to be chosen instead
  if (!drafts.has(form)) return;
  const text = drafts.get(form);
  drafts.delete(form);
  if (e.detail.successful && e.detail.xhr.status < 400) return forgetFile(form); // htmx calls a swapped 422 successful
  const box = form.elements.text;
  box.value = box.value ? `${text}\n${box.value}` : text; // a refusal keeps the words
  halfWritten.set(form.dataset.composer, box.value);
  showKept();
  if (e.detail.xhr.status !== 422) for (const item of document.querySelectorAll("#thread-log > li:not([id])")) item.remove();
  box.focus();
});

// Who wants to answer a message writes next. Where no composer stands (a template is being chosen) the link is a link.
document.addEventListener("htmx:afterSwap", (e) => {
  if (e.target.id === "composer-quote") document.getElementById("composer")?.focus();
});
document.addEventListener("htmx:targetError", (e) => {
  if (e.target.matches?.("a.bubble-act")) location.assign(e.target.href);
});

// Half-written words stay with their thread while one walks through the list; they never leave this page's memory.
// Where nobody may write freely now, they are shown beside the templates, and stand in the composer once it is back.
const halfWritten = new Map();
let shown = "";
let shownForm = null;

function showKept() {
  for (const note of document.querySelectorAll("[data-kept]")) {
    const words = halfWritten.get(note.dataset.kept) ?? "";
    note.hidden = !words;
    note.querySelector("[data-kept-words]").textContent = words;
  }
}

on("input", "#composer", (e, box) => halfWritten.set(box.form.dataset.composer, box.value));

document.addEventListener("htmx:afterSettle", () => {
  showKept();
  const form = document.querySelector("form[data-composer]");
  if (!form || (form === shownForm && form.dataset.composer === shown)) return;
  shownForm = form;
  shown = form.dataset.composer;
  form.elements.text.value = halfWritten.get(shown) ?? "";
});

// News do not sweep away a half-written note, nor close the panel on a phone.
document.addEventListener("htmx:beforeRequest", (e) => {
  if (e.target.id === "customer-panel" && e.target.querySelector("textarea")?.value) e.preventDefault();
});
let wasOpen = false;
document.addEventListener("htmx:beforeSwap", (e) => {
  if (e.target.id === "customer-panel") wasOpen = e.target.hasAttribute("data-open");
});
document.addEventListener("htmx:afterSwap", (e) => {
  if (e.target.id === "customer-panel") document.getElementById("customer-panel").toggleAttribute("data-open", wasOpen);
});

// A dialog that waits for its content opens when that has come.
document.addEventListener("htmx:afterSwap", (e) => {
  if (e.target.matches?.("dialog[data-opens]") && !e.target.open) e.target.showModal();
});

document.addEventListener("saying:done", () => {
  document.getElementById("saying-dialog")?.close();
  document.getElementById("composer")?.focus();
});

function step(by) {
  const rows = [...document.querySelectorAll("#inbox-list [data-row]")];
  const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  next?.click();
  next?.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  KeyJ: () => step(1),
  KeyK: () => step(-1),
  KeyL: () => document.getElementById("composer")?.focus(),
  KeyE: () => document.querySelector("form[data-close-chat]")?.requestSubmit(),
};

document.addEventListener("keydown", (e) => {
  if (!document.querySelector("[data-inbox]")) return;
  if (e.altKey && !e.ctrlKey && !e.metaKey && KEYS[e.code]) {
    e.preventDefault();
    KEYS[e.code]();
  } else if (e.key === "/" && !e.target.closest("input, textarea, select, dialog")) {
    e.preventDefault();
    document.getElementById("inbox-search")?.focus();
  }
});

// An offline composer says so at once instead of after a time-out.
addEventListener("offline", () => document.querySelector("form[data-composer]") && announce(document.getElementById("toasts")?.dataset.offline));
