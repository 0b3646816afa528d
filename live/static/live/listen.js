// A listener: frames in order from the line, into the ear; lesson events at the moment they are heard.
import { Ear } from "./ear.js";
import { Line } from "./line.js";
import { CLIP_END, decodeFrame, flatEvent, frameLength, GAP, packetUnits, UNIT_MS } from "./wire.js";

const REPORT_EVERY_MS = 5000;
const SMALLEST_PREBUFFER_MS = 160;

/**
 * @typedef {object} ListenerHooks
 * @property {(event: import("./wire.js").LessonEvent) => void} onEvent
 * @property {(hello: any) => void} onHello
 * @property {() => void} onPosition
 * @property {(ms: number) => void} onMissed
 * @property {(stopped: boolean) => void} onInterrupted
 * @property {import("./line.js").LineOptions["onState"]} onState
 */

export class Listener {
  epoch = 0;
  seq = 0;
  lost = 0;
  /** Where the next audio should begin; null until the first frame. @type {number | null} */
  #expected = null;
  /** @type {import("./wire.js").LessonEvent[]} */
  #coming = [];
  /** The clock of what has arrived. */
  arrivedT = 0;

  /**
   * @param {{base: URL, cohort: number | null}} room
   * @param {ListenerHooks} hooks
   */
  constructor(room, hooks) {
    this.hooks = hooks;
    this.ear = new Ear({
      onReport: () => this.#moved(),
      onFirstSound: () => this.line.send(JSON.stringify({ type: "heard", seq: this.seq })),
      onInterrupted: hooks.onInterrupted,
    });
    this.line = new Line({
      ...room,
      part: "listen",
      query: () => (this.epoch ? `?epoch=${this.epoch}&seq=${this.seq}` : ""),
      onText: (message) => this.#text(message),
      onFrame: (bytes) => this.#frame(bytes),
      onState: hooks.onState,
    });
  }

  async open() {
    const ear = this.ear.open();
    await ear;
    this.line.open();
    setInterval(() => this.#report(), REPORT_EVERY_MS);
  }

  /** Drop what is still waiting to be heard. */
  toLive() {
    this.ear.clear();
    this.#flush(true);
  }

  /** How far the ear is behind what has arrived, in ms. */
  get behindMs() {
    return this.ear.report.bufferMs;
  }

  /** The media clock being heard. */
  get t() {
    return this.ear.report.t ?? this.arrivedT;
  }

  stats() {
    const { report, decodedMs, firstSoundAt, tape } = this.ear;
    return {
      epoch: this.epoch, seq: this.seq, lost: this.lost, t: this.t, bufferMs: report.bufferMs, decodedMs,
      playing: report.playing, underruns: report.underruns, firstSoundAt, tapeStartsAt: tape.startsAt,
    };
  }

  /** @param {any} message */
  #text(message) {
    if (message.type === "hello") this.#greet(message);
    else if (message.type === "skip") this.#expected = this.#expected ?? this.arrivedT;
    else if (message.type === "event") this.#due(flatEvent(message.event ?? message));
  }

  /** @param {any} hello */
  #greet(hello) {
    if (!hello.resumed) {
      if (this.epoch && hello.t > this.arrivedT) this.hooks.onMissed((hello.t - this.arrivedT) * UNIT_MS);
      this.epoch = hello.epoch;
      this.seq = hello.seq;
      this.#expected = null;
      this.arrivedT = Math.max(this.arrivedT, hello.t);
    }
    this.ear.setPrebuffer(Math.max(SMALLEST_PREBUFFER_MS, 100 + hello.batch_ms));
    this.hooks.onHello(hello);
  }

  /** @param {ArrayBuffer} bytes */
  #frame(bytes) {
    const frame = decodeFrame(bytes);
    if (frame.epoch < this.epoch || (frame.epoch === this.epoch && frame.seq <= this.seq)) return;
    if (frame.epoch > this.epoch) this.#begin(frame.epoch);
    this.lost += Math.max(0, frame.seq - this.seq - 1);
    this.seq = frame.seq;
    if (frame.type === 1) this.#audio(frame);
    else this.#due(frame.event);
  }

  /** @param {number} epoch the teacher's microphone came back */
  #begin(epoch) {
    this.epoch = epoch;
    this.seq = 0;
  }

  /** @param {import("./wire.js").AudioFrame} frame */
  #audio(frame) {
    if (this.#expected !== null && frame.t > this.#expected) this.#gap(frame.t - this.#expected, frame.flags);
    let t = frame.t;
    frame.packets.forEach((packet, index) => {
      const ends = Boolean(frame.flags & CLIP_END) && index === frame.packets.length - 1;
      this.ear.play(packet, t, ends);
      t += packetUnits(packet);
    });
    if (!frame.packets.length && frame.flags & CLIP_END) this.ear.finish(t);
    this.arrivedT = this.#expected = frame.t + frameLength(frame);
  }

  /**
   * @param {number} units
   * @param {number} flags
   */
  #gap(units, flags) {
    this.ear.gap(units, /** @type {number} */ (this.#expected));
    if (flags & GAP || units > 40) this.hooks.onMissed(units * UNIT_MS);
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #due(event) {
    this.#coming.push(event);
    this.#flush(false);
  }

  #moved() {
    this.#flush(false);
    this.hooks.onPosition();
  }

  /** @param {boolean} all */
  #flush(all) {
    const { t, bufferMs } = this.ear.report;
    const silent = t === null || bufferMs === 0;
    while (this.#coming.length && (all || silent || this.#coming[0].t <= t))
      this.hooks.onEvent(/** @type {import("./wire.js").LessonEvent} */ (this.#coming.shift()));
  }

  #report() {
    const { bufferMs } = this.ear.report;
    this.line.send(JSON.stringify({ type: "report", seq: this.seq, buffer_ms: Math.round(bufferMs), lost: this.lost }));
  }
}
