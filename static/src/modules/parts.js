// Parts of a page that fetch themselves again: on a signal (an event "live:…"), by the clock, or because a script asks.
const isBySignal = (config) => config?.triggeringEvent?.type.startsWith("live:") ?? false;
const isOwn = ({ elt, target, verb }) => verb === "get" && elt === target;

// A signal never replaces a part in which somebody is typing or has opened a form. What was held back is fetched afterwards.
let isBehind = false;

function holdBack({ requestConfig, target: part }) {
  if (!isBySignal(requestConfig)) return false;
  const isTyping = part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
  if (!isTyping && !part.querySelector("details[open]")) return false;
  isBehind = true;
  return true;
}

function catchUp() {
  if (!isBehind) return;
  isBehind = false;
  setTimeout(() => document.body.dispatchEvent(new CustomEvent("live:poll")), 150);
}

document.addEventListener("focusout", catchUp);
document.addEventListener("toggle", catchUp, { capture: true });

// While a part is on its way more may be told, or somebody may act. Then it is asked for once more, and what was rendered before
// the act is not shown: it would take the tap back before everybody's eyes. htmx's own queue is no help: it lies in the part and is
// forgotten as soon as the part's attributes change, for which its own class "htmx-settling" is enough.
const asks = new WeakMap(); // part → how to ask for it
const underWay = new Map(); // part → { isAskedAgain, isOld }

document.addEventListener("htmx:confirm", (e) => {
  const { elt, issueRequest } = e.detail;
  if (!isOwn(e.detail)) return;
  asks.set(elt, issueRequest);
  if (!underWay.has(elt)) return;
  underWay.get(elt).isAskedAgain = true;
  e.preventDefault();
});

document.addEventListener("htmx:beforeRequest", (e) => holdBack(e.detail) && e.preventDefault());

document.addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig } }) => {
  if (isOwn(requestConfig)) return follow(requestConfig.elt, xhr);
  const isAct = requestConfig.verb !== "get" && requestConfig.triggeringEvent?.isTrusted; // what scripts tell the server is none
  if (isAct) xhr.addEventListener("loadend", () => underWay.forEach((state) => (state.isOld = true)));
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (underWay.get(detail.requestConfig?.elt)?.isOld || holdBack(detail)) detail.shouldSwap = false;
});

function follow(part, xhr) {
  const state = { isAskedAgain: false, isOld: false };
  underWay.set(part, state);
  xhr.addEventListener("loadend", () => {
    underWay.delete(part);
    if (state.isAskedAgain || state.isOld) asks.get(part)(true);
  });
}
