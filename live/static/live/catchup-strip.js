// The line that says how far one is from live while hearing the lesson from further back, and the way out.
import { clock, find, write } from "./words.js";

const RATE_KEY = "qunkeCatchUpRate";

export class CatchUpStrip {
  /**
   * @param {HTMLElement} strip
   * @param {{onRate: (rate: number) => void, onLive: () => void}} hooks
   */
  constructor(strip, { onRate, onLive }) {
    this.strip = strip;
    this.words = find("[data-catchup-words]", strip);
    this.select = /** @type {HTMLSelectElement} */ (find("[data-catchup-rate]", strip));
    this.select.value = localStorage.getItem(RATE_KEY) ?? "1.5";
    this.select.addEventListener("change", () => {
      localStorage.setItem(RATE_KEY, this.select.value);
      onRate(this.rate);
    });
    find("[data-catchup-live]", strip).addEventListener("click", onLive);
  }

  get rate() {
    return Number(this.select.value) || 1.5;
  }

  /** @param {{isCatchingUp: boolean, atMs: number, behindMs: number}} now */
  show({ isCatchingUp, atMs, behindMs }) {
    this.strip.hidden = !isCatchingUp;
    if (!isCatchingUp) return;
    write(this.words, interpolate(gettext("补听到 %s，还差 %s"), [clock(atMs), clock(behindMs)]));
  }
}
