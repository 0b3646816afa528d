// What was said and is not yet known to be stored. Kept in memory until the server says "durable up to n".
import { CLIP_END, CLIP_START, encodeAudio, packetUnits, UNIT_MS } from "./wire.js";

/**
 * @typedef {object} Letter one frame on its way
 * @property {number} seq
 * @property {number} flags
 * @property {Uint8Array[]} packets
 * @property {OutClip} clip
 */

/**
 * @typedef {object} OutClip one press of the microphone
 * @property {number} n its number in the lesson
 * @property {number} ms how much was spoken
 * @property {number} waiting frames not yet known to be stored
 * @property {boolean} open still being spoken
 */

export class Outbox {
  /** @type {Letter[]} */
  letters = [];
  /** @type {OutClip[]} */
  clips = [];
  epoch = 0;
  nextSeq = 1;
  sentUpTo = 0;
  clipOffset = 0;

  /**
   * After every (re)connection: what the server already has is dropped, the rest is sent again under the new epoch.
   * @param {{epoch: number, next: number, clips: number}} hello
   */
  open({ epoch, next, clips }) {
    if (!this.clips.length) this.clipOffset = clips;
    this.epoch = epoch;
    const first = this.letters[0];
    if (first && first.seq > next) this.#renumber(next);
    else this.ack(next - 1);
    this.sentUpTo = next - 1;
    this.nextSeq = this.letters.length ? this.letters[this.letters.length - 1].seq + 1 : next;
  }

  /** @param {number} from */
  #renumber(from) {
    this.letters.forEach((letter, index) => (letter.seq = from + index));
  }

  begin() {
    const clip = { n: this.clipOffset + this.clips.length + 1, ms: 0, waiting: 0, open: true };
    this.clips.push(clip);
    return clip;
  }

  /**
   * @param {OutClip} clip
   * @param {Uint8Array[]} packets
   * @param {{first?: boolean, last?: boolean}} [edge]
   */
  put(clip, packets, { first = false, last = false } = {}) {
    const flags = (first ? CLIP_START : 0) | (last ? CLIP_END : 0);
    clip.ms += packets.reduce((sum, packet) => sum + packetUnits(packet), 0) * UNIT_MS;
    clip.waiting += 1;
    clip.open = !last;
    this.letters.push({ seq: this.nextSeq++, flags, packets, clip });
  }

  /** @param {number} seq durable up to here */
  ack(seq) {
    while (this.letters.length && this.letters[0].seq <= seq) {
      const letter = this.letters.shift();
      if (letter) letter.clip.waiting -= 1;
    }
  }

  /**
   * The frames not yet handed to this connection, in order.
   * @returns {Uint8Array<ArrayBuffer>[]}
   */
  unsent() {
    const due = this.letters.filter((letter) => letter.seq > this.sentUpTo);
    if (due.length) this.sentUpTo = due[due.length - 1].seq;
    return due.map(({ seq, flags, packets }) => encodeAudio({ epoch: this.epoch, seq, flags, packets }));
  }

  get waiting() {
    return this.letters.length;
  }

  /**
   * @param {OutClip} clip
   * @returns {"speaking"|"on_the_way"|"stored"}
   */
  static state(clip) {
    if (clip.open) return "speaking";
    return clip.waiting ? "on_the_way" : "stored";
  }
}
