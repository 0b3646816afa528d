/** @typedef {import("./letter.js").Letter} Letter */
/** @typedef {import("./letter.js").OutClip} OutClip */

/**
 * @typedef {object} News
 * @property {Letter[]} touched
 * @property {number[]} gone ids of letters
 * @property {OutClip[]} turned presses that began or ended
 */

/** What changed in an outbox since a shelf last wrote it down. */
export class Journal {
  /** @type {Set<Letter>} */
  #touched = new Set();
  /** @type {number[]} */
  #gone = [];
  /** @type {Set<OutClip>} */
  #turned = new Set();

  /** @param {Letter} letter */
  touched(letter) {
    this.#touched.add(letter);
  }

  /** @param {Letter} letter */
  gone(letter) {
    this.#touched.delete(letter);
    this.#gone.push(letter.id);
  }

  /** @param {OutClip} clip */
  turned(clip) {
    this.#turned.add(clip);
  }

  /** @returns {News} once: it begins anew */
  take() {
    const news = { touched: [...this.#touched], gone: this.#gone, turned: [...this.#turned] };
    this.#touched.clear();
    this.#turned.clear();
    this.#gone = [];
    return news;
  }
}
