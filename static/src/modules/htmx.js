// htmx under a strict content security policy, and what to do when a request fails.
import htmx from "htmx.org";
window.htmx = htmx; // the extensions look for it here
import { toast } from "./toasts.js";

htmx.config.allowEval = false; // no hx-on, js: values or trigger filters
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false; // no injected <style>
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // customer data stays out of the browser's storage
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = "auto";
// What is swapped in works the moment it is seen: with a delay, what somebody types or taps before it ends is lost.
htmx.config.defaultSettleDelay = 0;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true }, // a refused form comes back with its reasons
  { code: "[45]..", swap: false, error: true },
];

const words = () => document.getElementById("toasts")?.dataset ?? {};

document.addEventListener("htmx:beforeSwap", (e) => {
  const { xhr } = e.detail;
  if (xhr.responseURL && new URL(xhr.responseURL).pathname === "/login/" && location.pathname !== "/login/") {
    e.detail.shouldSwap = false; // the session is over: sign in on a whole page
    location.reload();
  }
});
document.addEventListener("htmx:responseError", (e) => {
  if (e.detail.xhr.status === 401) location.reload();
  else toast(words().failed, { tone: "error" });
});
document.addEventListener("htmx:sendError", () => toast(words().offline, { tone: "error" }));
