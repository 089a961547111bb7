// The switch between light and dark; theme.js reads the choice before the next first paint.
import { on } from "./on.js";

on("click", "[data-theme-toggle]", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme !== "shopme-dark";
  root.dataset.theme = dark ? "shopme-dark" : "shopme";
  localStorage.setItem("theme", dark ? "dark" : "light");
});
