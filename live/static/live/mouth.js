// The teacher's side of the line: presses become clips, clips become frames, frames stay until they are stored.
import { OpusEncoder } from "./encoder.js";
import { Line } from "./line.js";
import { Outbox } from "./outbox.js";
import { wait } from "./pauses.js";
import { Shelf } from "./shelf.js";
import { encodeAudio } from "./wire.js";

const PACKETS_PER_FRAME = 3;
const STUCK_BYTES = 64 * 1024;
const SLOW_DISK_MS = 150; // sound does not wait longer for this computer's disk

/**
 * @typedef {object} MouthHooks
 * @property {(message: any) => void} onHello
 * @property {(message: any) => void} onStats
 * @property {() => void} onOutbox
 * @property {() => void} onBroken
 * @property {() => void} onUnkept this computer keeps no copy of what is said
 * @property {import("./line.js").LineOptions["onState"]} onState
 */

export class Mouth {
  outbox = new Outbox();
  /** @type {import("./letter.js").OutClip | null} */
  clip = null;
  /** @type {OpusEncoder | null} */
  #encoder = null;
  /** Of a frame that is not full yet. @type {Uint8Array[]} */
  #packets = [];
  /** No frame of this clip was put into the outbox so far. */
  #isFirst = true;
  #greeted = false;
  /** The school has answered at least once: what is said now has a place to go, even through a lost connection. */
  hasOpened = false;
  /** The last press that was begun or ended, in the order of the button. @type {Promise<void>} */
  #turn = Promise.resolve();
  /** The last frames handed to the line, in the order they were spoken. @type {Promise<unknown>} */
  #sending = Promise.resolve();
  /** Rises with every hello and every change of the line: what was meant for an older one is not sent. */
  #visit = 0;

  /**
   * @param {URL} base
   * @param {MouthHooks} hooks
   */
  constructor(base, hooks) {
    this.hooks = hooks;
    this.shelf = new Shelf(base.pathname, hooks.onUnkept);
    this.line = new Line({
      base,
      part: "speak",
      cohort: null,
      onText: (message) => this.#text(message),
      onState: (state, refusal) => {
        this.#greeted = false;
        this.#visit += 1;
        hooks.onState?.(state, refusal);
      },
    });
    setInterval(() => this.#post(), 500);
    addEventListener("pagehide", () => this.leave());
  }

  /**
   * Take up what an earlier page left behind; only one page at a time may.
   * @returns {Promise<number>} how much of it was spoken, ms
   */
  async restore() {
    const ms = this.outbox.restore(await this.shelf.open());
    this.#keep();
    return ms;
  }

  /**
   * The lesson is over: keep only what the server never got.
   * @param {Record<string, number>} had
   */
  close(had) {
    this.outbox.close(had);
    this.#keep();
    this.hooks.onOutbox();
  }

  discard() {
    this.outbox.discard();
    this.#keep();
    this.hooks.onOutbox();
  }

  get isReady() {
    return this.#greeted;
  }

  /** A press begins, once the last one has left the encoder. */
  press() {
    this.#inTurn(async () => {
      this.clip = this.outbox.begin();
      this.#isFirst = true;
      this.#packets = [];
      this.#encoder = new OpusEncoder((packet) => this.#pack(packet), this.hooks.onBroken);
      this.#post();
    });
  }

  /** @param {Float32Array<ArrayBuffer>} pcm */
  take(pcm) {
    this.#encoder?.take(pcm);
  }

  /** The press ends; what is still in the encoder is part of it. */
  release() {
    this.#inTurn(async () => {
      const [encoder, clip] = [this.#encoder, this.clip];
      if (!encoder || !clip) return;
      this.#encoder = null;
      await encoder.finish().catch(() => {});
      this.#seal(clip, true);
      this.clip = null;
      this.#post();
    });
  }

  /** The page is going: what has not filled a frame yet is kept as well. */
  leave() {
    if (!this.clip || !this.#packets.length) return;
    this.#seal(this.clip);
    this.#post();
  }

  /** Everything said so far has left the encoder. */
  settled() {
    return this.#turn;
  }

  /** @param {() => Promise<void>} job */
  #inTurn(job) {
    this.#turn = this.#turn.then(job);
  }

  /** @param {number} n */
  slide(n) {
    this.line.send(JSON.stringify({ type: "slide", n }));
  }

  /** @param {Uint8Array} packet */
  #pack(packet) {
    this.#packets.push(packet);
    if (this.#packets.length < PACKETS_PER_FRAME || !this.clip) return;
    this.#seal(this.clip);
    this.#post();
  }

  /**
   * What was packed becomes a frame.
   * @param {import("./letter.js").OutClip} clip
   * @param {boolean} [last]
   */
  #seal(clip, last = false) {
    this.outbox.put(clip, this.#packets, { first: this.#isFirst, last });
    this.#isFirst = false;
    this.#packets = [];
  }

  #post() {
    const due = this.#greeted && this.line.unsentBytes < STUCK_BYTES ? this.outbox.unsent() : [];
    const kept = this.#keep();
    if (due.length) this.#send(due, kept);
    this.hooks.onOutbox();
  }

  #keep() {
    return this.shelf.keep(this.outbox.news());
  }

  /**
   * First written down, then sent: a page that dies in between has lost nothing.
   * @param {import("./letter.js").Letter[]} letters
   * @param {Promise<void>} kept
   */
  #send(letters, kept) {
    const visit = this.#visit;
    this.#sending = Promise.all([this.#sending, Promise.race([kept, wait(SLOW_DISK_MS)])]).then(() => {
      if (visit === this.#visit) for (const letter of letters) this.line.send(encodeAudio(letter));
    });
  }

  /** @param {any} message */
  #text(message) {
    if (message.type === "hello") {
      this.outbox.open(message);
      this.#visit += 1;
      this.#greeted = this.hasOpened = true;
      this.hooks.onHello(message);
      this.#post();
    } else if (message.type === "ack") {
      this.outbox.ack(message.seq, message.stored);
      this.#keep();
      this.hooks.onOutbox();
    } else if (message.type === "stats") this.hooks.onStats(message);
  }
}
