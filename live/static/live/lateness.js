import { toMs } from "./wire.js";

/** How much later than the quickest frame of its clip the slowest one came: the network's share of the delay. */
export class Lateness {
  #quickest = Infinity;
  #worst = 0;

  /**
   * @param {number} t
   * @param {boolean} begins the clock stands still between clips
   */
  note(t, begins) {
    const came = performance.now() - toMs(t);
    this.#quickest = begins ? came : Math.min(this.#quickest, came);
    this.#worst = Math.max(this.#worst, came - this.#quickest);
  }

  /** The worst since it was last asked. */
  take() {
    const worst = Math.round(this.#worst);
    this.#worst = 0;
    return worst;
  }
}
