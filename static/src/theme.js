// Runs before the first paint, so no page flashes in the wrong theme. Who chose none here follows the system, also later.
const system = matchMedia("(prefers-color-scheme: dark)");

function choice() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage may be switched off; the system's wish still counts
  }
}

function wear() {
  const dark = choice() ? choice() === "dark" : system.matches;
  document.documentElement.dataset.theme = dark ? "shopme-dark" : "shopme";
}

wear();
system.addEventListener("change", () => choice() || wear());
