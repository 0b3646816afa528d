// The buffer between the network and the ear. No browser objects here, so it can be tried under node.

export const RATE = 48000;
export const UNIT_SAMPLES = 120;
const MS = RATE / 1000;
const DRIFT = 0.005;
const SLACK = 0.15 * RATE; // more than this above the target is worth bending the sound for
const LONGEST_GAP_SAMPLES = 5 * RATE;
const LARGEST_TARGET = 0.9 * RATE;

/**
 * @typedef {object} Chunk
 * @property {Float32Array} pcm
 * @property {number} t media clock of its first sample, in units of 2.5 ms
 * @property {boolean} [ends] the last chunk of a clip: play out without waiting for more
 */

/**
 * Waits until `target` is in store, then plays; a little faster or slower (±0.5 %) to hold that level, since the
 * teacher's clock and the listener's are never the same. Runs dry → waits again, with a larger target.
 */
export class JitterBuffer {
  /** @type {Chunk[]} */
  #chunks = [];
  #at = 0;
  #level = 0;
  #starvedFor = 0;
  #midClip = false;
  #last = 0;
  samples = 0;
  playing = false;
  underruns = 0;
  speed = 1;

  /** @param {number} prebufferMs */
  constructor(prebufferMs = 160) {
    this.floor = prebufferMs * MS;
    this.target = this.floor;
  }

  /** @param {number} ms */
  setPrebuffer(ms) {
    this.floor = ms * MS;
    this.target = Math.max(this.target, this.floor);
  }

  /** @param {Chunk} chunk */
  push(chunk) {
    if (!chunk.pcm.length) return this.#finish();
    this.#chunks.push(chunk);
    this.samples += chunk.pcm.length;
  }

  #finish() {
    const last = this.#chunks[this.#chunks.length - 1];
    if (last) last.ends = true;
    else this.#midClip = false;
  }

  /**
   * Something is lost: silence of its length keeps everybody in step, less what was already waited through.
   * @param {number} units
   * @param {number} t
   */
  gap(units, t) {
    const missing = Math.min(units * UNIT_SAMPLES, LONGEST_GAP_SAMPLES) - this.#starvedFor;
    this.#starvedFor = 0;
    if (missing > 0) this.push({ pcm: new Float32Array(missing), t });
  }

  clear() {
    this.#chunks = [];
    this.#at = this.samples = 0;
    this.playing = this.#midClip = false;
  }

  /** The media clock being heard now, or null when nothing is in store. */
  get t() {
    const chunk = this.#chunks[0];
    return chunk ? chunk.t + Math.floor(this.#at / UNIT_SAMPLES) : null;
  }

  get bufferMs() {
    return (this.samples - this.#at) / MS;
  }

  /**
   * Fill `out` with what is to be heard next.
   * @param {Float32Array} out
   * @returns {number} the index of the first sample that comes from the lesson, or -1 when all is waiting
   */
  pull(out) {
    out.fill(0);
    if (!this.playing && !this.#ready()) return this.#wait(out.length);
    this.playing = true;
    this.#steer(out.length);
    for (let index = 0; index < out.length; index++) {
      if (!this.#chunks.length) return this.#dry(out.length - index, index);
      out[index] = this.#sample();
      this.#advance();
    }
    return 0;
  }

  #ready() {
    return this.samples >= this.target || this.#chunks.some((chunk) => chunk.ends);
  }

  /** @param {number} length */
  #wait(length) {
    if (this.#midClip) this.#starvedFor += length;
    return -1;
  }

  /**
   * @param {number} missing
   * @param {number} index
   */
  #dry(missing, index) {
    this.playing = false;
    this.speed = 1;
    if (this.#midClip) {
      this.underruns += 1;
      this.#starvedFor = missing;
      this.target = Math.min(this.target * 1.5, LARGEST_TARGET);
    } else {
      this.target = Math.max(this.floor, this.target * 0.8);
    }
    return index > 0 ? 0 : -1;
  }

  /** @param {number} length */
  #steer(length) {
    const share = Math.min(1, length / RATE); // a mean over about one second: frames arrive in lumps
    this.#level = this.#level ? this.#level + (this.samples - this.#at - this.#level) * share : this.samples;
    if (this.#level > this.target + SLACK) this.speed = 1 + DRIFT;
    else if (this.#level < this.target * 0.4) this.speed = 1 - DRIFT;
    else if (this.speed > 1 ? this.#level < this.target : this.#level > this.target * 0.8) this.speed = 1;
  }

  #sample() {
    const whole = Math.floor(this.#at);
    const part = this.#at - whole;
    const here = this.#peek(whole);
    if (part === 0) return here;
    return bend(this.#peek(whole - 1), here, this.#peek(whole + 1), this.#peek(whole + 2), part);
  }

  /** @param {number} index */
  #peek(index) {
    const { pcm } = this.#chunks[0];
    if (index < 0) return this.#last;
    if (index < pcm.length) return pcm[index];
    return this.#chunks[1]?.pcm[index - pcm.length] ?? pcm[pcm.length - 1];
  }

  #advance() {
    this.#at += this.speed;
    const chunk = this.#chunks[0];
    this.#midClip = !chunk.ends;
    if (this.#at < chunk.pcm.length) return;
    this.#at -= chunk.pcm.length;
    this.samples -= chunk.pcm.length;
    this.#last = chunk.pcm[chunk.pcm.length - 1];
    this.#chunks.shift();
    this.#starvedFor = 0;
    if (!this.#chunks.length) this.#at = 0;
  }
}

/**
 * Catmull-Rom between b and c.
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 * @param {number} x
 */
function bend(a, b, c, d, x) {
  return b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)));
}
