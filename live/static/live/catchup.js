// The way from somewhere in the lesson so far to live: first what the school kept, then what the line brought meanwhile.
import { wait } from "./pauses.js";
import { isLater } from "./sequence.js";
import { AUDIO, decodeFrame, frameLength } from "./wire.js";

const MINUTE = 60 * 400; // units of the media clock
const ENOUGH = 300; // frames in store before the next minute is fetched
const AGAIN_MS = 2000;
const MOST_TRIES = 8; // another machine's last seconds reach the store within ten

/** @typedef {import("./wire.js").AudioFrame | import("./wire.js").EventFrame} Frame */
/** @typedef {{epoch: number, seq: number, t: number}} Place */

export class CatchUp {
  /** @type {Frame[]} */
  #past = [];
  /** @type {Frame[]} */
  #held = [];
  #minute;
  #tries = 0;
  #isReading = false;
  #isRead = false;
  /** @type {[number, number][]} */
  #retracted = [];

  /**
   * @param {URL} base the lesson's address
   * @param {number} from media clock
   * @param {Place} until the last frame the line brought
   */
  constructor(base, from, until) {
    this.base = base;
    this.from = from;
    this.until = until;
    this.#minute = Math.floor(from / MINUTE);
  }

  /** @param {Frame} frame what the line brings meanwhile */
  hold(frame) {
    this.#held.push(frame);
  }

  /** @returns {{frame: Frame, isPast: boolean} | null} what is to be heard next; null: nothing yet, or no more */
  take() {
    if (this.#past.length < ENOUGH && !this.#isRead) this.#read();
    const past = this.#past.shift();
    if (past) return { frame: past, isPast: true };
    const held = this.#isRead ? this.#held.shift() : undefined;
    return held ? { frame: held, isPast: false } : null;
  }

  /** Everything up to now was taken. */
  get isDone() {
    return this.#isRead && !this.#past.length && !this.#held.length;
  }

  /** What is left when one leaves for live: its events still count. */
  rest() {
    return this.#held;
  }

  /**
   * Whether the teacher took back what is missing here.
   * @param {number} from
   * @param {number} to
   */
  isRetracted(from, to) {
    return this.#retracted.some(([starts, ends]) => starts <= from + 24 && to - 24 <= ends);
  }

  async #read() {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#readMinute();
    } catch {
      await wait(AGAIN_MS); // the network is away: the same minute again
    }
    this.#isReading = false;
  }

  async #readMinute() {
    const response = await fetch(new URL(`sofar/${this.#minute}/`, this.base), { credentials: "same-origin" });
    if (response.status === 401 || response.status === 403) return void (this.#isRead = true);
    if (!response.ok) throw new Error(String(response.status));
    this.#retracted = JSON.parse(response.headers.get("X-Retracted") ?? "[]");
    const frames = framesIn(await response.arrayBuffer());
    const [newest] = frames.slice(-1);
    for (const frame of frames) if (this.#isWanted(frame)) this.#past.push(frame);
    if (newest) this.from = Math.max(this.from, newest.t + 1);
    if (this.#minute < Math.floor(this.until.t / MINUTE)) this.#minute += 1;
    else if (this.#reaches(newest) || ++this.#tries > MOST_TRIES) this.#isRead = true;
    else await wait(AGAIN_MS);
  }

  /** @param {Frame} frame */
  #isWanted(frame) {
    const end = frame.type === AUDIO ? frame.t + frameLength(frame) : frame.t + 1;
    return end > this.from && !isLater(frame, this.until);
  }

  /** @param {Frame | undefined} newest */
  #reaches(newest) {
    if (!newest || this.isRetracted(newest.t, this.until.t)) return Boolean(newest);
    return !isLater(this.until, newest) || newest.t >= this.until.t;
  }
}

/**
 * @param {ArrayBuffer} bytes frames, each after its length
 * @returns {Frame[]}
 */
function framesIn(bytes) {
  const view = new DataView(bytes);
  const frames = [];
  for (let at = 0; at + 4 <= bytes.byteLength; ) {
    const end = at + 4 + view.getUint32(at);
    frames.push(decodeFrame(bytes.slice(at + 4, end)));
    at = end;
  }
  return frames;
}
