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

// The countdown of the window: hours, minutes and seconds until its moment.
const clock = (seconds) => {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [h, m, s].map((part) => String(part).padStart(2, "0")).join(":");
};
const tick = () => {
  for (const time of document.querySelectorAll("time[data-until]")) {
    const left = Math.round((new Date(time.dateTime) - Date.now()) / 1000);
    time.textContent = left > 0 ? clock(left) : "shut";
  }
};
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSettle", tick);
