// Faster without a higher voice (WSOLA): small windows of the sound, each laid where it fits the one before it best.
// No browser objects here, so it can be tried under node.

const HOP = 480; // 10 ms
const SEARCH = 600; // 12.5 ms: a whole period of the lowest voice
const COARSE = 8;
const ROOM = 1 << 13;

export class Stretch {
  rate = 1;
  #input = new Float32Array(ROOM);
  #have = 0;
  /** Where the next window should begin, and where the last one went on. */
  #at = 0;
  #on = 0;
  #made = new Float32Array(HOP);
  #given = HOP;

  /** @param {{pull: (out: Float32Array) => number}} source */
  constructor(source) {
    this.source = source;
  }

  /** What was taken from the source and not given yet is forgotten. */
  clear() {
    this.#have = this.#at = this.#on = 0;
    this.#given = HOP;
  }

  /**
   * @param {Float32Array} out
   * @returns {number} as the source's
   */
  pull(out) {
    if (this.rate === 1 && !this.#left) return this.source.pull(out);
    let filled = 0;
    while (filled < out.length) {
      if (this.#given === HOP && !this.#make()) return this.#plain(out, filled);
      const part = this.#made.subarray(this.#given, this.#given + out.length - filled);
      out.set(part, filled);
      this.#given += part.length;
      filled += part.length;
    }
    return 0;
  }

  /** Samples taken from the source that still have to be heard. */
  get #left() {
    return HOP - this.#given + Math.max(0, this.#have - this.#on);
  }

  /**
   * At the old speed again, or nothing more to come: what is left is heard as it is.
   * @param {Float32Array} out
   * @param {number} filled
   */
  #plain(out, filled) {
    const rest = this.#input.subarray(this.#on, Math.min(this.#have, this.#on + out.length - filled));
    out.set(rest, filled);
    this.#on += rest.length;
    filled += rest.length;
    if (this.#on >= this.#have) this.clear();
    if (filled === out.length) return 0;
    const first = this.source.pull(out.subarray(filled));
    return filled ? 0 : first;
  }

  #make() {
    if (this.rate === 1 || !this.#fill(Math.floor(this.#at) + SEARCH + 2 * HOP)) return false;
    const begin = this.#best(Math.floor(this.#at));
    const [old, next] = [this.#on, begin];
    for (let index = 0; index < HOP; index++) {
      const share = index / HOP;
      this.#made[index] = this.#input[old + index] * (1 - share) + this.#input[next + index] * share;
    }
    this.#given = 0;
    this.#on = begin + HOP;
    this.#at += HOP * this.rate;
    this.#forget();
    return true;
  }

  /**
   * The place near `wanted` whose sound is most like what would have come next.
   * @param {number} wanted
   */
  #best(wanted) {
    const [from, to] = [Math.max(0, wanted - SEARCH), wanted + SEARCH];
    const rough = this.#search(from, to, COARSE);
    return this.#search(Math.max(from, rough - COARSE), Math.min(to, rough + COARSE), 1);
  }

  /**
   * @param {number} from
   * @param {number} to
   * @param {number} step
   */
  #search(from, to, step) {
    let [best, found] = [-Infinity, from];
    for (let place = from; place <= to; place += step) {
      const score = this.#likeness(place, step > 1 ? 4 : 2);
      if (score > best) [best, found] = [score, place];
    }
    return found;
  }

  /**
   * @param {number} place
   * @param {number} step
   */
  #likeness(place, step) {
    let [product, energy] = [0, 1e-9];
    for (let index = 0; index < HOP; index += step) {
      const sample = this.#input[place + index];
      product += sample * this.#input[this.#on + index];
      energy += sample * sample;
    }
    return product / Math.sqrt(energy);
  }

  /** @param {number} wanted samples */
  #fill(wanted) {
    const block = new Float32Array(128);
    while (this.#have < wanted) {
      if (this.source.pull(block) < 0) return false;
      this.#input.set(block, this.#have);
      this.#have += block.length;
    }
    return true;
  }

  /** Make room: what lies before both the last window and the next search is not needed again. */
  #forget() {
    const gone = Math.min(this.#on, Math.max(0, Math.floor(this.#at) - SEARCH));
    if (gone < ROOM / 4) return;
    this.#input.copyWithin(0, gone, this.#have);
    this.#have -= gone;
    this.#on -= gone;
    this.#at -= gone;
  }
}
