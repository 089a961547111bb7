// Runs before the first paint, so no page flashes in the wrong theme.
let saved = null;
try {
  saved = localStorage.getItem("theme");
} catch {
  saved = null; // storage may be switched off; the system's wish still counts
}
const dark = saved ? saved === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.documentElement.dataset.theme = dark ? "shopme-dark" : "shopme";
