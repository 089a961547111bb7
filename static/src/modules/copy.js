// data-copy="id": the words of that element go to the clipboard.
import { on } from "./on.js";
import { toast } from "./toasts.js";

on("click", "[data-copy]", async (e, button) => {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    toast("Copied.");
  } catch {
    getSelection().selectAllChildren(source);
    toast("Marked; copy it with your keyboard.");
  }
});
