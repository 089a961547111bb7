// <chat-scroll> keeps the newest message in view, unless the reader has scrolled up to read.
const NEAR_PX = 120;

class ChatScroll extends HTMLElement {
  connectedCallback() {
    this.near = true;
    this.toBottom();
    this.observer = new MutationObserver(() => this.near && this.toBottom());
    this.observer.observe(this, { childList: true, subtree: true });
    this.addEventListener("load", () => this.near && this.toBottom(), true); // pictures grow when they arrive
    // Whoever writes wants to see what they wrote, wherever they were reading.
    this.hasWritten = (event) => event.target.closest("chat-scroll, main")?.contains(this) && (this.near = true);
    document.addEventListener("submit", this.hasWritten);
    this.addEventListener("scroll", () => (this.near = this.distance() < NEAR_PX), { passive: true });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    document.removeEventListener("submit", this.hasWritten);
  }

  distance() {
    return this.scrollHeight - this.scrollTop - this.clientHeight;
  }

  toBottom() {
    this.scrollTop = this.scrollHeight;
  }
}

customElements.define("chat-scroll", ChatScroll);
