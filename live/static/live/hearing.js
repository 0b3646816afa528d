// Hearing the lesson while it lasts: the door, the sound, what happens in it, and what was missed.
import { Background } from "./background.js";
import { CatchUpStrip } from "./catchup-strip.js";
import { Doorstep } from "./doorstep.js";
import { Lamp } from "./lamp.js";
import { Listener } from "./listen.js";
import { LiveBars } from "./live-bars.js";
import { isHalted, slideAt } from "./log.js";
import { toMs } from "./wire.js";
import { find, spokenClock } from "./words.js";

const WORTH_SAYING_MS = 1000;

/**
 * @typedef {object} Room what it needs of the page
 * @property {HTMLElement} page
 * @property {{base: URL, cohort: number | null}} address
 * @property {import("./lamp.js").LessonState} state
 * @property {import("./log.js").Log | null} log
 * @property {import("./feed.js").Feed} feed
 * @property {import("./slides.js").Slides} slides
 * @property {(text: string, trouble?: boolean) => void} notice
 * @property {(state: import("./lamp.js").LessonState) => void} become
 * @property {() => Promise<void>} look read the log again
 */

export class Hearing {
  /** Somebody tapped, and was not turned away since. */
  isOn = false;
  #halted = false;
  /** Where to begin once the line says where live is. @type {number | null} */
  #startAt = null;

  /** @param {Room} room */
  constructor(room) {
    const { page } = room;
    this.room = room;
    this.lamp = new Lamp(/** @type {HTMLButtonElement} */ (find("[data-lamp]", page)));
    this.doorstep = new Doorstep(find("[data-doorstep]", page), { onEnter: () => this.enter(), onStartOver: () => this.from(0) });
    this.strip = new CatchUpStrip(find("[data-catchup]", page), {
      onRate: (rate) => this.listener.setRate(rate),
      onLive: () => this.listener.toLive(),
    });
    this.listener = this.#listener();
    this.bars = new LiveBars(room.feed, this.listener);
    this.background = new Background(
      page,
      () => this.#leaveToBackground(),
      (sentence) => this.doorstep.refuse(sentence),
    );
    this.lamp.button.addEventListener("click", () => this.listener.toLive());
    find("[data-wake]", page).addEventListener("click", () => this.listener.ear.wake());
  }

  /** Inside a tap. */
  async enter() {
    this.background.stop();
    this.doorstep.forgive();
    try {
      if (!this.listener.ear.isOpen) await this.listener.open();
      else this.listener.line.open();
      this.isOn = true;
    } catch (error) {
      console.error(error);
      this.doorstep.refuse(gettext("这个浏览器放不出声音。换用新版的 Chrome、Edge、Safari 或 Firefox，再进来一次。"));
    }
    this.show();
  }

  /**
   * Inside a tap: the lesson from there on, faster, until it is live.
   * @param {number} t media clock
   */
  async from(t) {
    if (this.isOn && this.listener.line.state === "open") return this.#rewind(t);
    this.#startAt = t;
    await this.enter();
  }

  /** @param {number} t */
  #rewind(t) {
    this.#startAt = null;
    this.room.slides.teacherAt(slideAt(this.room.log?.events ?? [], t));
    this.listener.catchUp(t, this.strip.rate);
    this.show();
  }

  /** @param {import("./log.js").Log} log */
  know(log) {
    for (const clip of log.clips) {
      const isHeardNow = this.isOn && this.room.feed.clips.get(clip.n)?.state === "live";
      if (!isHeardNow) this.bars.known(clip, log.t); // else the ear knows better how far it is
    }
    for (const event of log.events) if (event.kind === "post") this.#posted(event);
    if (!this.isOn) this.room.slides.teacherAt(log.slide);
    this.#halted = isHalted(log.events);
  }

  show() {
    const { state, log, feed } = this.room;
    const { line, behindMs, isCatchingUp, t } = this.listener;
    const now = {
      state, listening: this.isOn, line: line.state, behindMs,
      speaking: this.bars.speaking !== null, halted: this.#halted, saidMs: toMs(log?.t ?? 0),
    };
    this.lamp.show(now);
    this.doorstep.show(now);
    this.strip.show({ isCatchingUp, atMs: toMs(t), behindMs });
    find("[data-empty]", this.room.page).hidden = !feed.isEmpty || state === "ended";
  }

  /** All that came is heard. */
  get isThrough() {
    return this.listener.ear.report.bufferMs <= 0 && !this.listener.isCatchingUp;
  }

  #listener() {
    return new Listener(this.room.address, {
      onEvent: (event) => this.#happened(event),
      onHello: (hello) => this.#greeted(hello),
      onPosition: () => this.bars.follow(),
      onMissed: (ms, from) => this.#missed(ms, from),
      onLive: (leftOutMs) => this.#live(leftOutMs),
      onInterrupted: (stopped) => (find("[data-interrupted]", this.room.page).hidden = !stopped),
      onState: (state, refusal) => this.#lineTurned(state, refusal),
    });
  }

  /** @param {any} hello */
  #greeted(hello) {
    const { slides } = this.room;
    this.room.become(hello.state);
    this.bars.speaking = hello.clip ?? null;
    if (!slides.teachers) slides.teacherAt(hello.slide);
    if (this.#startAt !== null && this.isOn) this.#rewind(this.#startAt);
    this.show();
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #happened(event) {
    const { kind, isPast } = event;
    if (isPast && kind !== "slide") return;
    if (kind === "start" || kind === "clip_start") this.room.become("live");
    if (kind === "end") this.room.become("ended");
    else if (kind === "clip_start") this.bars.begins(event);
    else if (kind === "clip_end") this.bars.ends(event);
    else if (kind === "slide") this.room.slides.teacherAt(event.slide ?? 0);
    else if (kind === "post") this.#posted(event);
    else if (kind === "halt" || kind === "resume") this.#halt(kind === "halt");
    else this.room.feed.edit(event);
    this.show();
  }

  /** The playlist plays instead; the button at the door comes back from there. */
  #leaveToBackground() {
    this.isOn = false;
    this.listener.line.close();
    this.listener.ear.clear();
    this.show();
  }

  /** @param {boolean} halted */
  #halt(halted) {
    this.#halted = halted;
    this.bars.speaking = null;
    this.room.notice(halted ? gettext("老师已暂停直播。恢复以后，声音会自己接着来。") : gettext("直播恢复了。"), halted);
  }

  /**
   * The host wrote to every cohort; the relay ledger wants to know that it was seen.
   * @param {import("./wire.js").LessonEvent} event
   */
  #posted(event) {
    if (this.room.feed.post(event) && this.isOn) this.listener.line.send(JSON.stringify({ type: "heard", event: event.id }));
  }

  /**
   * Caught up, or left the rest for later.
   * @param {number} leftOutMs
   */
  #live(leftOutMs) {
    const { feed, log, slides } = this.room;
    const text = interpolate(gettext("跳过了 %s，点语音条就能补听。"), [spokenClock(leftOutMs)]);
    if (leftOutMs > WORTH_SAYING_MS) feed.note(this.listener.playout.t, text);
    else this.room.notice(gettext("跟上了，现在是直播。"));
    this.bars.settle();
    if (log) slides.teacherAt(log.slide);
    this.room.look();
    this.show();
  }

  /**
   * A hole is said, with the clips it tore, and can be filled.
   * @param {number} ms
   * @param {number} from media clock
   */
  async #missed(ms, from) {
    await this.room.look();
    const torn = this.bars.tear(from, ms);
    const count = ngettext("你离开时错过了 %s 条", "你离开时错过了 %s 条", torn);
    const what = [interpolate(count, [torn]), spokenClock(ms)].join(" · ");
    this.room.feed.note(this.listener.playout.t, what, { word: gettext("补听"), act: () => this.from(from) });
    this.room.notice(what, true);
  }

  /**
   * @param {import("./line.js").LineState} state
   * @param {import("./line.js").Refused} [refusal]
   */
  #lineTurned(state, refusal) {
    if (state === "waiting" && this.isOn) this.room.notice(gettext("网络断开了，正在重新连接。断开时讲的话会补上。"), true);
    if (state === "refused" && refusal?.code === "ended") this.room.become("ended");
    else if (state === "refused" && refusal) {
      this.isOn = false;
      this.listener.toLive(); // what is still to be heard is not
      this.doorstep.refuse(refusal.sentence, refusal.offers, refusal.hls);
    }
    this.show();
  }
}
