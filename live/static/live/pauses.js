const FIRST_MS = 400;
const LONGEST_MS = 5000;

/** @param {number} ms */
export const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** Pauses between tries: longer each time, and never the same for two of us. */
export class Pauses {
  #tries = 0;
  #timer = 0;

  /**
   * @param {() => void} act
   * @param {number} [longest] ms
   */
  before(act, longest = LONGEST_MS) {
    const pause = Math.min(longest, FIRST_MS * 2 ** this.#tries++);
    this.#later(act, pause * (0.5 + Math.random() / 2));
  }

  /**
   * Once in that time, and not all of us at once.
   * @param {number} ms
   * @param {() => void} act
   */
  within(ms, act) {
    this.#later(act, Math.random() * ms);
  }

  /** It worked: the next pause is a short one again. */
  forget() {
    this.#tries = 0;
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  /**
   * @param {() => void} act
   * @param {number} ms
   */
  #later(act, ms) {
    this.cancel();
    this.#timer = window.setTimeout(act, ms);
  }
}
