// <shop-chart>: a cursor and a tip over a line chart that the server drew as SVG.
// `data-days`: [{"label": "3 Nov", "now": "R 620", "before": "R 540"}, …] as JSON; not a script element, htmx strips those from parts.
// The same figures are in a table for screen readers, so the tip is for eyes and pointers only.
class ShopChart extends HTMLElement {
  connectedCallback() {
    this.days = JSON.parse(this.dataset.days);
    this.plot = this.querySelector("[data-plot]");
    this.cursor = this.make("chart-cursor");
    this.tip = this.make("chart-tip");
    this.plot.addEventListener("pointermove", (e) => this.show(this.dayAt(e.clientX)));
    this.plot.addEventListener("pointerleave", () => this.hide());
  }

  make(name) {
    const element = document.createElement("div");
    element.className = name;
    element.hidden = true;
    this.plot.append(element);
    return element;
  }

  dayAt(clientX) {
    const box = this.plot.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    return Math.round(part * (this.days.length - 1));
  }

  show(index) {
    const day = this.days[index];
    const part = index / (this.days.length - 1);
    const lines = [day.label, day.now, ...(day.before ? [day.before] : [])];
    this.tip.replaceChildren(...lines.map((text) => this.line(text)));
    this.cursor.hidden = this.tip.hidden = false;
    const x = part * this.plot.clientWidth;
    this.cursor.style.left = `${x}px`;
    const fits = Math.min(Math.max(0, x - this.tip.offsetWidth / 2), this.plot.clientWidth - this.tip.offsetWidth);
    this.tip.style.left = `${fits}px`;
  }

  line(text) {
    const element = document.createElement("div");
    element.textContent = text;
    return element;
  }

  hide() {
    this.cursor.hidden = this.tip.hidden = true;
  }
}

customElements.define("shop-chart", ShopChart);
