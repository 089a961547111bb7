// Short news at the foot of the page: from Django's messages, from HX-Trigger {"toast": "Saved."}, or from a failed request.
const STAYS_MS = 5000;

export function toast(text, { tone = "" } = {}) {
  const list = document.getElementById("toasts");
  if (!list || !text) return;
  const line = document.createElement("p");
  line.className = "toast-line";
  line.dataset.tone = tone;
  line.textContent = text;
  list.append(line);
  leaveLater(line);
}

function leaveLater(line) {
  setTimeout(() => {
    line.dataset.leaving = "";
    setTimeout(() => line.remove(), 250);
  }, STAYS_MS);
}

document.addEventListener("toast", (e) => toast(e.detail.value ?? e.detail, { tone: e.detail.tone }));
addEventListener("DOMContentLoaded", () => document.querySelectorAll(".toast-line").forEach(leaveLater));
