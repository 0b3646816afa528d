// What a test may look at: the last minute of what went to the speakers, with the wall clock of its first sample.
import { RATE } from "./jitter.js";

const SECONDS = 60;

export class Tape {
  #ring = new Float32Array(SECONDS * RATE);
  #at = 0;
  #kept = 0;
  #endsAt = 0;

  /**
   * @param {Float32Array} samples
   * @param {number} endsAt wall clock in ms when the last sample is heard
   */
  keep(samples, endsAt) {
    for (const sample of samples) {
      this.#ring[this.#at] = sample;
      this.#at = (this.#at + 1) % this.#ring.length;
    }
    this.#kept = Math.min(this.#ring.length, this.#kept + samples.length);
    this.#endsAt = endsAt;
  }

  heard() {
    const start = (this.#at - this.#kept + this.#ring.length) % this.#ring.length;
    const out = new Float32Array(this.#kept);
    const head = this.#ring.subarray(start, Math.min(start + this.#kept, this.#ring.length));
    out.set(head);
    out.set(this.#ring.subarray(0, this.#kept - head.length), head.length);
    return out;
  }

  /** Wall clock in ms of the first sample `heard()` returns, or null. */
  get startsAt() {
    return this.#kept ? this.#endsAt - (this.#kept / RATE) * 1000 : null;
  }
}
