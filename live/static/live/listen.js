// A listener: frames in order from the line, into the ear; lesson events at the moment they are heard.
import { CatchUp } from "./catchup.js";
import { DueEvents } from "./due-events.js";
import { Ear } from "./ear.js";
import { Line } from "./line.js";
import { Playout } from "./playout.js";
import { Reports } from "./reports.js";
import { isLater, Sequence } from "./sequence.js";
import { AUDIO, CLIP_START, decodeFrame, EVENT, flatEvent, frameLength, toMs } from "./wire.js";

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
  sequence = new Sequence();
  /** The media clock of what the line brought. */
  liveT = 0;
  /** @type {CatchUp | null} */
  #catching = null;
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
      onFirstSound: () => this.line.send(JSON.stringify({ type: "heard", seq: this.sequence.seq })),
      onInterrupted: hooks.onInterrupted,
    });
    this.line = new Line({
      ...room,
      part: "listen",
      query: () => this.sequence.query,
      onText: (message) => this.#text(message),
      onFrame: (bytes) => this.#frame(bytes),
      onState: hooks.onState,
    });
    this.playout = new Playout(this.ear, hooks.onMissed);
    this.due = new DueEvents(this.ear, hooks.onEvent);
    this.reports = new Reports(this.line, () => {
      const { seq, lost, skipped } = this.sequence;
      return { seq, buffer_ms: Math.round(this.ear.report.bufferMs), lost, skipped };
    });
  }

  /** Inside a tap. */
  async open() {
    await this.ear.open();
    this.line.open();
    this.reports.begin();
  }

  /** Drop what is still waiting to be heard. */
  toLive() {
    const behind = this.#catching ? this.behindMs : 0;
    this.ear.clear();
    for (const frame of this.#catching?.rest() ?? []) if (frame.type === EVENT) this.due.add(frame.event);
    this.due.tellAll();
    if (this.#catching) this.#live(behind);
  }

  /**
   * Hear the lesson again from there, faster, until it is live.
   * @param {number} t media clock
   * @param {number} rate
   */
  catchUp(t, rate) {
    this.ear.clear();
    this.due.tellAll();
    const { epoch, seq } = this.sequence;
    this.#catching = new CatchUp(this.room.base, t, { epoch, seq, t: this.liveT });
    this.playout.beginAt(t);
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
    if (leftOutMs) this.playout.joinAt(this.liveT);
    else this.playout.t = this.liveT;
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
    return this.#catching ? toMs(Math.max(0, this.liveT - this.t)) : this.ear.report.bufferMs;
  }

  /** The media clock being heard. */
  get t() {
    return this.ear.report.t ?? this.playout.t;
  }

  /** @param {any} message */
  #text(message) {
    if (message.type === "hello") this.#greet(message);
    else if (message.type === "skip") this.#skip(message);
    else if (message.type === "event") this.#told(flatEvent(message.event ?? message));
  }

  /** @param {{from: number, to: number}} hole what the server leaves out */
  #skip(hole) {
    this.playout.expectHole();
    this.sequence.skip(hole);
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #told(event) {
    if (!AT_ONCE.has(event.kind)) return this.due.add(event);
    if (event.kind === "halt") this.toLive();
    this.hooks.onEvent(event);
  }

  /** @param {any} hello */
  #greet(hello) {
    if (!hello.resumed && isLater(hello, this.sequence)) this.#join(hello);
    this.#prebufferMs = Math.max(SMALLEST_PREBUFFER_MS, 100 + hello.batch_ms);
    if (hello.report_ms) this.reports.everyMs = hello.report_ms;
    this.ear.setPrebuffer(this.#prebufferMs);
    this.hooks.onHello(hello);
  }

  /**
   * The server cannot go on from where we were: from here, and what lies between is missed.
   * @param {{epoch: number, seq: number, t: number}} hello
   */
  #join({ epoch, seq, t }) {
    const from = this.sequence.epoch ? this.liveT : t;
    this.sequence.joinAt({ epoch, seq });
    this.liveT = Math.max(this.liveT, t);
    if (!this.#catching) this.playout.joinAt(this.liveT);
    if (t > from) this.hooks.onMissed(toMs(t - from), from);
  }

  /** @param {ArrayBuffer} bytes */
  #frame(bytes) {
    const frame = decodeFrame(bytes);
    if (!this.sequence.take(frame)) return;
    if (frame.type === AUDIO) this.#came(frame);
    if (this.#catching) this.#catching.hold(frame);
    else this.#take(frame, false);
  }

  /** @param {import("./wire.js").AudioFrame} frame */
  #came(frame) {
    this.reports.lateness.note(frame.t, Boolean(frame.flags & CLIP_START));
    this.liveT = frame.t + frameLength(frame);
  }

  /**
   * @param {import("./catchup.js").Frame} frame
   * @param {boolean} isPast the page knows it from the log already
   */
  #take(frame, isPast) {
    if (frame.type === EVENT) this.due.add({ ...frame.event, isPast });
    else this.playout.play(frame, (from, to) => this.#catching?.isRetracted(from, to) ?? false);
  }

  #moved() {
    this.#pump();
    this.due.tell();
    this.hooks.onPosition();
  }
}
