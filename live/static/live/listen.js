// A listener: frames in order from the line, into the ear; lesson events at the moment they are heard.
import { CatchUp, isLater } from "./catchup.js";
import { Ear } from "./ear.js";
import { Lateness } from "./lateness.js";
import { Line } from "./line.js";
import { CLIP_END, CLIP_START, decodeFrame, flatEvent, frameLength, GAP, packetUnits, UNIT_MS } from "./wire.js";

const REPORT_EVERY_MS = 5000;
const AHEAD_MS = 3000; // decoded and waiting while catching up
const CAUGHT_UP_MS = 700;
const AT_ONCE = new Set(["halt", "resume"]); // not when the ear gets there
const SMALLEST_PREBUFFER_MS = 160;

/**
 * @typedef {object} ListenerHooks
 * @property {(event: import("./wire.js").LessonEvent) => void} onEvent
 * @property {(hello: any) => void} onHello
 * @property {() => void} onPosition
 * @property {(ms: number, from: number) => void} onMissed from: media clock
 * @property {(leftOutMs: number) => void} onLive caught up, or gave up on so much of it
 * @property {(stopped: boolean) => void} onInterrupted
 * @property {import("./line.js").LineOptions["onState"]} onState
 */

export class Listener {
  epoch = 0;
  seq = 0;
  /** Frames that never came, and those the server said it would leave out. */
  lost = 0;
  skipped = 0;
  #lateness = new Lateness();
  #isHoleDeclared = false;
  /** Where the next audio should begin; null until the first frame. @type {number | null} */
  #expected = null;
  /** @type {import("./wire.js").LessonEvent[]} */
  #coming = [];
  /** The clock of what was given to the ear, and of what the line brought. */
  arrivedT = 0;
  liveT = 0;
  /** @type {CatchUp | null} */
  #catching = null;
  #reportMs = REPORT_EVERY_MS;
  #prebufferMs = SMALLEST_PREBUFFER_MS;

  /**
   * @param {{base: URL, cohort: number | null}} room
   * @param {ListenerHooks} hooks
   */
  constructor(room, hooks) {
    this.hooks = hooks;
    this.room = room;
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
    this.#reportLater(REPORT_EVERY_MS);
  }

  /** Drop what is still waiting to be heard. */
  toLive() {
    const behind = this.#catching ? this.behindMs : 0;
    this.ear.clear();
    for (const frame of this.#catching?.rest() ?? []) if (frame.type === 2) this.#coming.push(frame.event);
    this.#flush(true);
    if (this.#catching) this.#live(behind);
  }

  /**
   * Hear the lesson again from there, faster, until it is live.
   * @param {number} t media clock
   * @param {number} rate
   */
  catchUp(t, rate) {
    this.ear.clear();
    this.#flush(true);
    this.#catching = new CatchUp(this.room.base, t, { epoch: this.epoch, seq: this.seq, t: this.liveT });
    this.arrivedT = this.#expected = t;
    this.setRate(rate);
    this.#pump();
  }

  /** @param {number} rate */
  setRate(rate) {
    this.ear.setRate(rate);
  }

  get isCatchingUp() {
    return this.#catching !== null;
  }

  /** @param {number} leftOutMs */
  #live(leftOutMs) {
    this.#catching = null;
    if (leftOutMs) this.#expected = null;
    this.arrivedT = this.liveT;
    this.setRate(1);
    this.hooks.onLive(leftOutMs);
  }

  /** Keep a few seconds ready for the ear; once it has nearly nothing left, it is live. */
  #pump() {
    const catching = this.#catching;
    if (!catching) return;
    while (this.ear.waitingMs < AHEAD_MS) {
      const next = catching.take();
      if (!next) break;
      this.#take(next.frame, next.isPast);
    }
    if (catching.isDone && this.ear.waitingMs < this.#prebufferMs + CAUGHT_UP_MS) this.#live(0);
  }

  /** How far the ear is behind what has arrived, in ms. */
  get behindMs() {
    return this.#catching ? Math.max(0, this.liveT - this.t) * UNIT_MS : this.ear.report.bufferMs;
  }

  /** The media clock being heard. */
  get t() {
    return this.ear.report.t ?? this.arrivedT;
  }

  stats() {
    const { report, decodedMs, firstSoundAt, tape } = this.ear;
    return {
      epoch: this.epoch, seq: this.seq, lost: this.lost, t: this.t, bufferMs: report.bufferMs, decodedMs,
      behindMs: this.behindMs, catchingUp: this.isCatchingUp, playing: report.playing, underruns: report.underruns, firstSoundAt, tapeStartsAt: tape.startsAt,
    };
  }

  /** @param {any} message */
  #text(message) {
    if (message.type === "hello") this.#greet(message);
    else if (message.type === "skip") this.#skip(message);
    else if (message.type === "event") this.#told(flatEvent(message.event ?? message));
  }

  /**
   * Said before or after the frames that follow it.
   * @param {{from: number, to: number}} hole
   */
  #skip({ from, to }) {
    const count = to - from + 1;
    this.skipped += count;
    this.#isHoleDeclared = true;
    this.#expected ??= this.arrivedT;
    if (to > this.seq) this.seq = to;
    else this.lost = Math.max(0, this.lost - count);
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #told(event) {
    if (!AT_ONCE.has(event.kind)) return this.#due(event);
    if (event.kind === "halt") this.toLive();
    this.hooks.onEvent(event);
  }

  /** @param {any} hello */
  #greet(hello) {
    if (!hello.resumed && isLater(hello, this)) {
      const from = this.epoch ? this.liveT : hello.t;
      this.epoch = hello.epoch;
      this.seq = hello.seq;
      this.liveT = Math.max(this.liveT, hello.t);
      if (!this.#catching) [this.arrivedT, this.#expected] = [this.liveT, null];
      if (hello.t > from) this.hooks.onMissed((hello.t - from) * UNIT_MS, from);
    }
    this.#prebufferMs = Math.max(SMALLEST_PREBUFFER_MS, 100 + hello.batch_ms);
    this.#reportMs = hello.report_ms ?? REPORT_EVERY_MS;
    this.ear.setPrebuffer(this.#prebufferMs);
    this.hooks.onHello(hello);
  }

  /** @param {ArrayBuffer} bytes */
  #frame(bytes) {
    const frame = decodeFrame(bytes);
    if (!isLater(frame, this)) return;
    if (frame.epoch > this.epoch) this.#begin(frame.epoch);
    this.lost += Math.max(0, frame.seq - this.seq - 1);
    this.seq = frame.seq;
    if (frame.type === 1) this.#came(frame);
    if (this.#catching) this.#catching.hold(frame);
    else this.#take(frame, false);
  }

  /** @param {import("./wire.js").AudioFrame} frame */
  #came(frame) {
    this.#lateness.note(frame.t, Boolean(frame.flags & CLIP_START));
    this.liveT = frame.t + frameLength(frame);
  }

  /**
   * @param {import("./wire.js").AudioFrame | import("./wire.js").EventFrame} frame
   * @param {boolean} isPast the page knows it from the log already
   */
  #take(frame, isPast) {
    if (frame.type === 1) this.#audio(frame);
    else this.#due({ ...frame.event, isPast });
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
    const from = /** @type {number} */ (this.#expected);
    if (this.#catching?.isRetracted(from, from + units)) return;
    this.ear.gap(units, from);
    if (flags & GAP || units > 40 || this.#isHoleDeclared) this.hooks.onMissed(units * UNIT_MS, from);
    this.#isHoleDeclared = false;
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #due(event) {
    this.#coming.push(event);
    this.#flush(false);
  }

  #moved() {
    this.#pump();
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

  /** @param {number} ms */
  #reportLater(ms) {
    setTimeout(() => {
      this.#report();
      this.#reportLater(this.#reportMs);
    }, ms);
  }

  #report() {
    const buffer_ms = Math.round(this.ear.report.bufferMs);
    const { seq, lost, skipped } = this;
    const late_ms = this.#lateness.take();
    this.line.send(JSON.stringify({ type: "report", seq, buffer_ms, late_ms, lost, skipped, hidden: document.hidden }));
  }
}
