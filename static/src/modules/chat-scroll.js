// <chat-scroll> keeps the newest message in view, unless the reader has scrolled up to read.
const NEAR_PX = 120;

class ChatScroll extends HTMLElement {
  connectedCallback() {
    this.near = true;
    this.toBottom();
    this.observer = new MutationObserver((changes) => {
      if (changes.some((each) => each.type === "attributes" && each.target === this)) this.near = true; // another chat
      if (this.near) this.toBottom();
    });
    this.observer.observe(this, { childList: true, subtree: true, attributeFilter: ["data-thread"] });
    // What stands below may grow and take room away: a picker of templates, a long answer, a smaller window.
    this.sizes = new ResizeObserver(() => this.near && this.toBottom());
    this.sizes.observe(this);
    this.addEventListener("load", () => this.near && this.toBottom(), true); // pictures grow when they arrive
    // Whoever writes wants to see what they wrote, wherever they were reading.
    this.hasWritten = (event) => event.target.closest("chat-scroll, main")?.contains(this) && (this.near = true);
    document.addEventListener("submit", this.hasWritten);
    this.addEventListener("scroll", () => this.hasScrolled(), { passive: true });
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.sizes?.disconnect();
    document.removeEventListener("submit", this.hasWritten);
  }

  // A scroll that comes while the room itself changed is not the reader's.
  hasScrolled() {
    if (this.near && (this.clientHeight !== this.height || this.scrollHeight !== this.length)) return this.toBottom();
    this.near = this.distance() < NEAR_PX;
  }

  distance() {
    return this.scrollHeight - this.scrollTop - this.clientHeight;
  }

  toBottom() {
    [this.height, this.length] = [this.clientHeight, this.scrollHeight];
    this.scrollTop = this.scrollHeight;
  }
}

customElements.define("chat-scroll", ChatScroll);
