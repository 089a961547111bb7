// Menus are <details data-menu>: they open without scripts; here they close on Escape and on a click elsewhere.
const open = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (e) => {
  for (const menu of open()) if (!menu.contains(e.target)) menu.open = false;
});
// What opens something else leaves its menu closed behind it.
document.addEventListener("click", (e) => {
  const menu = e.target.closest("[data-closes-menu]")?.closest("details[data-menu]");
  if (menu) menu.open = false;
});
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// data-toggle-pane="id" opens a pane beside the page on small screens.
document.addEventListener("click", (e) => {
  const button = e.target.closest("[data-toggle-pane]");
  if (!button) return;
  const open = document.getElementById(button.dataset.togglePane).toggleAttribute("data-open");
  button.setAttribute("aria-expanded", String(open));
});

// On a phone the row of sub-pages is longer than the screen: the page one is on is in sight, also after a turn of the phone.
const row = document.querySelector(".sub-nav");
const here = row?.querySelector("[aria-current]");
if (here) {
  new ResizeObserver(() => {
    const [inner, outer] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
  }).observe(row);
}
