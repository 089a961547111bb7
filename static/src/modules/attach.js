// A file for the next message: chosen, dropped on the thread or pasted; shown by name before it leaves. Without scripts
// the file field alone does it, and the server says what is too large.
import { announce, on } from "./on.js";

const inMegabytes = (octets) => (octets < 1048576 ? `${Math.max(1, Math.round(octets / 1024))} KB` : `${(octets / 1048576).toFixed(1)} MB`);
const kindOf = (file) => ["image", "video", "audio"].find((kind) => file.type.startsWith(`${kind}/`)) ?? "document";

function tooLarge(input, file) {
  const most = JSON.parse(input.dataset.limits)[kindOf(file)];
  return file.size > most ? `${file.name} has ${inMegabytes(file.size)}; it may have ${inMegabytes(most)} at most.` : "";
}

function show(input) {
  const chip = input.form.querySelector("[data-chosen-file]");
  const [file] = input.files;
  const picture = chip.querySelector("img");
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.removeAttribute("src");
  chip.classList.toggle("hidden", !file);
  chip.classList.toggle("flex", Boolean(file));
  const isPicture = Boolean(file) && kindOf(file) === "image";
  picture.classList.toggle("hidden", !isPicture);
  chip.querySelector("svg").classList.toggle("hidden", isPicture);
  if (!file) return;
  if (isPicture) picture.src = URL.createObjectURL(file);
  chip.querySelector("[data-name]").textContent = file.name;
  chip.querySelector("[data-size]").textContent = inMegabytes(file.size);
}

export function forgetFile(form) {
  const input = form.querySelector("[data-attach]");
  if (!input) return;
  input.value = "";
  show(input);
}

function take(input, file) {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

on("change", "[data-attach]", (e, input) => {
  const [file] = input.files;
  const reason = file && tooLarge(input, file);
  if (reason) {
    announce(reason);
    input.value = "";
  }
  show(input);
  input.form.elements.text.focus();
});

on("click", "[data-drop-file]", (e, button) => {
  forgetFile(button.form);
  button.form.elements.text.focus();
});

on("paste", "#composer", (e, box) => {
  const [file] = e.clipboardData.files;
  const input = box.form.querySelector("[data-attach]");
  if (!file || !input) return;
  e.preventDefault();
  take(input, file);
});

const inputOf = (e) => {
  const input = document.querySelector("[data-attach]");
  return input && e.target.closest?.(input.dataset.dropZone) && e.dataTransfer?.types.includes("Files") ? input : null;
};
const light = (isOn) => document.querySelector("[data-attach]")?.closest("form").toggleAttribute("data-dropping", isOn);

document.addEventListener("dragover", (e) => {
  if (!inputOf(e)) return;
  e.preventDefault();
  light(true);
});
document.addEventListener("dragleave", (e) => !e.relatedTarget && light(false));
document.addEventListener("drop", (e) => {
  light(false);
  const input = inputOf(e);
  if (!input) return;
  e.preventDefault();
  if (e.dataTransfer.files[0]) take(input, e.dataTransfer.files[0]);
});
