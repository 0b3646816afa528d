// Where one stands in the numbering of the frames, and how many of them never came.

/** @typedef {{epoch: number, seq: number}} Place epoch: the teacher's connection; seq: counts within it */

export class Sequence {
  epoch = 0;
  seq = 0;
  /** Frames that never came, and those the server said it would leave out. */
  lost = 0;
  skipped = 0;

  /** Where to go on from, in the address of a line. */
  get query() {
    return this.epoch ? `?epoch=${this.epoch}&seq=${this.seq}` : "";
  }

  /**
   * Go on from there, whatever was before it.
   * @param {Place} place
   */
  joinAt({ epoch, seq }) {
    this.epoch = epoch;
    this.seq = seq;
  }

  /**
   * @param {Place} frame
   * @returns {boolean} whether it is a new one
   */
  take({ epoch, seq }) {
    if (!isLater({ epoch, seq }, this)) return false;
    const last = epoch > this.epoch ? 0 : this.seq;
    this.lost += Math.max(0, seq - last - 1);
    this.joinAt({ epoch, seq });
    return true;
  }

  /**
   * Said before or after the frames that follow the hole.
   * @param {{from: number, to: number}} hole
   */
  skip({ from, to }) {
    const count = to - from + 1;
    this.skipped += count;
    if (to > this.seq) this.seq = to;
    else this.lost = Math.max(0, this.lost - count);
  }
}

/**
 * @param {Place} one
 * @param {Place} other
 */
export function isLater(one, other) {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.seq > other.seq);
}
