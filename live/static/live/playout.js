// Frames into the ear, along the media clock: what is missing there is silence of its length, and is said.
import { CLIP_END, frameLength, GAP, packetUnits, toMs } from "./wire.js";

const WORTH_SAYING = 40; // units, 100 ms: a shorter hole is filled without a word

export class Playout {
  /** The media clock of what was given to the ear. */
  t = 0;
  /** Where the next frame should begin; null: wherever it does. @type {number | null} */
  #expected = null;
  #isHoleDeclared = false;

  /**
   * @param {import("./ear.js").Ear} ear
   * @param {(ms: number, from: number) => void} onMissed from: media clock
   */
  constructor(ear, onMissed) {
    this.ear = ear;
    this.onMissed = onMissed;
  }

  /**
   * What comes next begins there, or something is missing.
   * @param {number} t
   */
  beginAt(t) {
    this.t = this.#expected = t;
  }

  /**
   * Nothing up to there is missed, nor what the next frame may leave out.
   * @param {number} t
   */
  joinAt(t) {
    this.t = t;
    this.#expected = null;
  }

  /** The server leaves something out: the gap it makes is a hole, however small. */
  expectHole() {
    this.#isHoleDeclared = true;
    this.#expected ??= this.t;
  }

  /**
   * @param {import("./wire.js").AudioFrame} frame
   * @param {(from: number, to: number) => boolean} isRetracted whether the teacher took back what is missing there
   */
  play(frame, isRetracted) {
    const from = this.#expected;
    if (from !== null && frame.t > from && !isRetracted(from, frame.t)) this.#gap(from, frame);
    let t = frame.t;
    frame.packets.forEach((packet, index) => {
      const ends = Boolean(frame.flags & CLIP_END) && index === frame.packets.length - 1;
      this.ear.play(packet, t, ends);
      t += packetUnits(packet);
    });
    if (!frame.packets.length && frame.flags & CLIP_END) this.ear.finish(t);
    this.t = this.#expected = frame.t + frameLength(frame);
  }

  /**
   * @param {number} from
   * @param {import("./wire.js").AudioFrame} next
   */
  #gap(from, { t, flags }) {
    const units = t - from;
    this.ear.gap(units, from);
    if (flags & GAP || units > WORTH_SAYING || this.#isHoleDeclared) this.onMissed(toMs(units), from);
    this.#isHoleDeclared = false;
  }
}
