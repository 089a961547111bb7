// <shop-chart>: a cursor and a tip over a line chart that the server drew as SVG.
// `data-days`: [{"label": "3 Nov", "now": "R 620", "before": "R 540"}, …] as JSON; not a script element, htmx strips those from parts.
// It keeps no copy of what it shows, because news may change the drawing while the element stays.
class ShopChart extends HTMLElement {
  connectedCallback() {
    this.cursor = this.make("chart-cursor");
    this.tip = this.make("chart-tip");
    this.addEventListener("pointermove", (e) => this.show(e.clientX));
    this.addEventListener("pointerleave", () => this.hide());
  }

  make(name) {
    const element = document.createElement("div");
    element.className = name;
    return element;
  }

  show(clientX) {
    const days = JSON.parse(this.dataset.days);
    const plot = this.querySelector("[data-plot]");
    const box = plot.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
    const index = Math.round(part * (days.length - 1));
    this.tip.replaceChildren(...Object.values(days[index]).map((text) => this.line(text)));
    plot.append(this.cursor, this.tip);
    const x = (index / (days.length - 1)) * box.width;
    this.cursor.style.left = `${x}px`;
    this.tip.style.left = `${Math.min(Math.max(0, x - this.tip.offsetWidth / 2), box.width - this.tip.offsetWidth)}px`;
  }

  line(text) {
    const element = document.createElement("div");
    element.textContent = text;
    return element;
  }

  hide() {
    this.cursor.remove();
    this.tip.remove();
  }
}

customElements.define("shop-chart", ShopChart);
