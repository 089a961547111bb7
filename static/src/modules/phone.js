// The phone of the simulator: an open sheet is not swept away by news, and sheets and menus close when something was tapped.
document.addEventListener("htmx:beforeRequest", (e) => {
  if (e.target.matches("[data-screen]") && e.target.querySelector("details[open]")) e.preventDefault();
});

document.addEventListener(
  "submit",
  (e) => {
    const menu = e.target.closest(".phone details[data-menu]");
    if (menu) menu.open = false;
  },
  { capture: true },
);

// What was missed while the sheet was open.
document.addEventListener(
  "toggle",
  (e) => {
    const screen = e.target.closest("[data-screen]");
    if (!e.target.open && screen) window.htmx.trigger(screen, "refresh");
  },
  { capture: true },
);
