// <live-feed token="/live/token/" stream="/live/">: one event stream per browser, shared by its tabs.
//
// The tab that holds the Web Lock owns the stream; the others listen on a BroadcastChannel (browsers allow six connections
// per host, so a stream per tab would hang the seventh). Every event becomes "live:<name>" on body, and an element that says
// hx-trigger="live:orders from:body" fetches its part again. While the stream is down, "live:poll" fires instead.
//
// A burst of the same news becomes one event now and one at its end. htmx's own throttle would drop the last one: a part says
// hx-swap="morph:outerHTML" and no throttle, and parts.js asks again for what was told while it was on its way.
const POLL_MS = 10_000;
const LONGEST_WAIT_MS = 30_000;
const GAP_MS = 250;
// What was told while a page was on its way from the server to its first script; the tab with the stream tells it again.
const RECENT_MS = 15_000;
const LAST_ID = "live-last";

class LiveFeed extends HTMLElement {
  connectedCallback() {
    this.off = new AbortController();
    this.state = "off";
    this.resting = new Map();
    this.recent = [];
    this.name = `${Date.now()}-${Math.random()}`;
    this.bus = new BroadcastChannel("live");
    this.bus.onmessage = ({ data }) => this.hear(data);
    this.bus.postMessage({ ask: this.name });
    this.poll = setInterval(() => this.state === "off" && !document.hidden && this.emit("poll"), POLL_MS);
    if (navigator.locks) {
      navigator.locks.request("live", { signal: this.off.signal }, () => this.lead()).catch(() => this.off.abort());
    } else {
      this.lead();
    }
  }

  disconnectedCallback() {
    clearInterval(this.poll);
    clearTimeout(this.retry);
    this.off.abort();
    this.source?.close();
    this.release?.();
    this.bus.close();
  }

  lead() {
    this.leads = true;
    this.open(0);
    return new Promise((done) => (this.release = done));
  }

  async open(tries) {
    if (this.off.signal.aborted) return;
    const answer = await fetch(this.getAttribute("token"), { headers: { Accept: "text/plain" } }).catch(() => null);
    if (answer?.status === 401 || answer?.redirected) return; // signed out: the next click leads to the sign-in page
    if (!answer?.ok) return this.later(tries);
    const last = localStorage.getItem(LAST_ID) ?? "";
    const query = new URLSearchParams({ t: await answer.text(), last });
    this.source = new EventSource(`${this.getAttribute("stream")}?${query}`);
    this.source.onopen = () => {
      tries = 0;
      this.tell({ state: "on", isBlind: !last }); // without a last id nothing is replayed: look once for oneself
    };
    this.source.onerror = () => {
      this.tell({ state: "off" });
      if (this.source.readyState === EventSource.CLOSED) this.later(tries);
    };
    this.source.onmessage = ({ data, lastEventId }) => {
      if (lastEventId) localStorage.setItem(LAST_ID, lastEventId);
      const { event, data: detail } = JSON.parse(data);
      this.tell({ name: event, detail });
    };
  }

  later(tries) {
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries) * (0.5 + Math.random());
    this.retry = setTimeout(() => this.open(tries + 1), wait);
  }

  tell(news) {
    if (news.name) this.recent = [...this.lately(), { ...news, at: Date.now() }];
    this.hear(news);
    this.bus.postMessage(news);
  }

  lately() {
    return this.recent.filter(({ at }) => Date.now() - at < RECENT_MS);
  }

  hear(news) {
    if (news.ask && this.leads) this.bus.postMessage({ state: this.state, to: news.ask, missed: this.lately() });
    if (news.state) this.change(news.state);
    if (news.isBlind) this.emit("poll");
    if (news.name) this.emit(news.name, news.detail);
    if (news.to === this.name) for (const { name, detail } of news.missed) this.emit(name, detail);
  }

  change(state) {
    const before = this.dataset.state;
    this.state = this.dataset.state = state;
    if (before === "off" && state === "on") this.emit("poll"); // catch up with what was missed
  }

  emit(name, detail) {
    if (this.resting.has(name)) return void this.resting.set(name, { detail });
    this.resting.set(name, null);
    setTimeout(() => this.wake(name), GAP_MS);
    document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail }));
  }

  wake(name) {
    const held = this.resting.get(name);
    this.resting.delete(name);
    if (held) this.emit(name, held.detail);
  }
}

customElements.define("live-feed", LiveFeed);
