// Listens once at the document, so parts that htmx swaps in need no wiring.
export function on(event, selector, act, options) {
  document.addEventListener(
    event,
    (e) => {
      const target = e.target.closest?.(selector);
      if (target) act(e, target);
    },
    options,
  );
}

// Short news for the foot of the page; `toasts.js` shows it, in whichever bundle it is.
export function announce(text, { tone = "" } = {}) {
  document.dispatchEvent(new CustomEvent("toast", { detail: { value: text, tone } }));
}
