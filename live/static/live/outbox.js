// What was said and is not yet known to be stored. A letter leaves only when the server says it has it for good.
import { Journal } from "./journal.js";
import { isThere, lengthOf } from "./letter.js";
import { CLIP_END, CLIP_START } from "./wire.js";

/** @typedef {import("./letter.js").Letter} Letter */
/** @typedef {import("./letter.js").OutClip} OutClip */

/**
 * @typedef {object} Hello where the server stands
 * @property {number} epoch
 * @property {number} next
 * @property {number} clips
 * @property {Record<string, number>} [had] the last number it wrote down in each earlier epoch
 * @property {number} [stored]
 */

export class Outbox {
  /** @type {Letter[]} */
  letters = [];
  /** @type {OutClip[]} */
  clips = [];
  epoch = 0;
  #nextSeq = 1;
  #nextId = 1;
  #lastClip = 0;
  #journal = new Journal();

  /**
   * What an earlier page left behind. A press that was cut off is closed where it was cut.
   * @param {{letters: import("./shelf.js").KeptLetter[], presses: import("./shelf.js").KeptPress[]}} left
   * @returns {number} how much of it was spoken, ms
   */
  restore({ letters, presses }) {
    for (const { lesson: _, ...letter } of letters) {
      const clip = this.#earlier(letter.clip);
      clip.ms = Math.max(clip.ms, letter.ms);
      this.#add({ ...letter, clip, there: false });
      this.#nextId = letter.id + 1;
    }
    for (const { n } of presses) this.put(this.#earlier(n), [], { last: true });
    this.#lastClip = Math.max(this.#lastClip, ...this.clips.map(({ n }) => n));
    return lengthOf(letters);
  }

  /** @param {number} n */
  #earlier(n) {
    const known = this.clips.find((clip) => clip.n === n);
    if (known) return known;
    const clip = { n, ms: 0, waiting: 0, kept: 0, open: false };
    this.clips.push(clip);
    return clip;
  }

  /**
   * After every (re)connection, and when the server missed something: what it has is known, the rest goes out anew.
   * @param {Hello} hello
   */
  open({ epoch, next, clips, had, stored }) {
    const spokenByOthers = had ? this.#othersSpoke(had) : false;
    for (const letter of this.letters) this.#mark(letter, Boolean(letter.epoch) && isThere(letter, { epoch, next, had }));
    const due = this.#due();
    for (const letter of due) letter.epoch = letter.seq = 0;
    if (spokenByOthers && due[0]?.packets.length) due[0].flags |= CLIP_START; // else it would go on in their clip
    this.epoch = epoch;
    this.#nextSeq = next;
    this.#lastClip = Math.max(this.#lastClip, clips + due.filter(({ flags }) => flags & CLIP_START).length);
    this.#forget(stored ?? next - 1);
  }

  /** @param {Record<string, number>} had */
  #othersSpoke(had) {
    const mine = Math.max(this.epoch, ...this.letters.map(({ epoch, since }) => Math.max(epoch, since)));
    return mine > 0 && Object.keys(had).some((epoch) => Number(epoch) > mine);
  }

  begin() {
    const clip = { n: ++this.#lastClip, ms: 0, waiting: 0, kept: 0, open: true };
    this.clips.push(clip);
    this.#journal.turned(clip);
    return clip;
  }

  /**
   * @param {OutClip} clip
   * @param {Uint8Array[]} packets
   * @param {{first?: boolean, last?: boolean}} [edge]
   */
  put(clip, packets, { first = false, last = false } = {}) {
    const flags = (first ? CLIP_START : 0) | (last ? CLIP_END : 0);
    clip.ms += lengthOf([{ packets }]);
    clip.open = !last;
    if (last) this.#journal.turned(clip);
    const letter = { id: this.#nextId++, epoch: 0, seq: 0, since: this.epoch, flags, packets, clip, ms: clip.ms, there: false };
    this.#add(letter);
    this.#journal.touched(letter);
  }

  /** @param {Letter} letter */
  #add(letter) {
    this.letters.push(letter);
    letter.clip.waiting += 1;
    letter.clip.kept += 1;
  }

  /**
   * @param {number} seq on the server's disk up to here
   * @param {number} [stored] out of danger up to here, when the server can tell the two apart
   */
  ack(seq, stored) {
    for (const letter of this.letters) if (letter.epoch && letter.seq <= seq) this.#mark(letter, true);
    this.#forget(stored ?? seq);
  }

  /**
   * @param {Letter} letter
   * @param {boolean} there
   */
  #mark(letter, there) {
    if (letter.there === there) return;
    letter.there = there;
    letter.clip.waiting += there ? -1 : 1;
  }

  /** @param {number} stored */
  #forget(stored) {
    this.letters = this.letters.filter((letter) => {
      const gone = letter.there && letter.seq <= stored;
      if (gone) this.#drop(letter);
      return !gone;
    });
  }

  /** @param {Letter} letter */
  #drop(letter) {
    this.#mark(letter, true);
    letter.clip.kept -= 1;
    this.#journal.gone(letter);
  }

  /**
   * The lesson is over: what the server has is part of the replay, the rest never will be.
   * @param {Record<string, number>} had
   */
  close(had) {
    for (const letter of this.letters) this.#mark(letter, letter.there || (letter.epoch > 0 && letter.seq <= (had[letter.epoch] ?? 0)));
    this.#forget(Infinity);
    for (const letter of this.letters) if (!letter.packets.length) this.#drop(letter); // an edge of a clip: no sound is lost with it
    this.letters = this.letters.filter(({ packets }) => packets.length);
  }

  /** What could not be sent is not wanted any more. */
  discard() {
    for (const letter of this.letters) this.#drop(letter);
    this.letters = [];
  }

  #due() {
    return this.letters.filter(({ there }) => !there);
  }

  /**
   * The letters not yet handed to this connection, in order, now numbered for it.
   * @returns {Letter[]}
   */
  unsent() {
    const due = this.letters.filter(({ epoch, there }) => !there && epoch !== this.epoch);
    for (const letter of due) {
      [letter.epoch, letter.seq] = [this.epoch, this.#nextSeq++];
      this.#journal.touched(letter);
    }
    return due;
  }

  /** What changed since this was last asked. */
  news() {
    return this.#journal.take();
  }

  /** How many frames the server has not written down. */
  get waiting() {
    return this.#due().length;
  }

  /** How much of that is sound, ms. */
  get waitingMs() {
    return lengthOf(this.#due());
  }

  /**
   * @param {OutClip} clip
   * @returns {"speaking"|"on_the_way"|"arrived"|"stored"}
   */
  static state(clip) {
    if (clip.open) return "speaking";
    if (clip.waiting) return "on_the_way";
    return clip.kept ? "arrived" : "stored";
  }
}
