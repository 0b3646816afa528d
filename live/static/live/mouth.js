// The teacher's side of the line: presses become clips, clips become frames, frames stay until they are stored.
import { OpusEncoder } from "./encoder.js";
import { Line } from "./line.js";
import { Outbox } from "./outbox.js";

const PACKETS_PER_FRAME = 3;
const STUCK_BYTES = 64 * 1024;

/**
 * @typedef {object} MouthHooks
 * @property {(message: any) => void} onHello
 * @property {(message: any) => void} onStats
 * @property {() => void} onOutbox
 * @property {() => void} onBroken
 * @property {import("./line.js").LineOptions["onState"]} onState
 */

export class Mouth {
  outbox = new Outbox();
  /** @type {import("./outbox.js").OutClip | null} */
  clip = null;
  /** @type {OpusEncoder | null} */
  #encoder = null;
  /** @type {Uint8Array[]} */
  #packets = [];
  #first = true;
  #greeted = false;
  /** The school has answered at least once: what is said now has a place to go, even through a lost connection. */
  hasOpened = false;
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {URL} base
   * @param {MouthHooks} hooks
   */
  constructor(base, hooks) {
    this.hooks = hooks;
    this.line = new Line({
      base,
      part: "speak",
      cohort: null,
      onText: (message) => this.#text(message),
      onState: (state, refusal) => {
        this.#greeted = false;
        hooks.onState?.(state, refusal);
      },
    });
    setInterval(() => this.#post(), 500);
  }

  get isReady() {
    return this.#greeted;
  }

  /** A press begins, once the last one has left the encoder. */
  press() {
    this.#inTurn(async () => {
      this.clip = this.outbox.begin();
      this.#first = true;
      this.#packets = [];
      this.#encoder = new OpusEncoder((packet) => this.#pack(packet), this.hooks.onBroken);
      this.hooks.onOutbox();
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
      this.outbox.put(clip, this.#packets, { first: this.#first, last: true });
      this.#packets = [];
      this.clip = null;
      this.#post();
    });
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
    this.outbox.put(this.clip, this.#packets, { first: this.#first });
    this.#first = false;
    this.#packets = [];
    this.#post();
  }

  #post() {
    if (this.#greeted && this.line.unsentBytes < STUCK_BYTES) for (const frame of this.outbox.unsent()) this.line.send(frame);
    this.hooks.onOutbox();
  }

  /** @param {any} message */
  #text(message) {
    if (message.type === "hello") {
      this.outbox.open(message);
      this.#greeted = this.hasOpened = true;
      this.hooks.onHello(message);
      this.#post();
    } else if (message.type === "ack") {
      this.outbox.ack(message.seq);
      this.hooks.onOutbox();
    } else if (message.type === "stats") this.hooks.onStats(message);
  }
}
