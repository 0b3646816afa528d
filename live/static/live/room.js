// The room a learner sits in: waiting, live, and afterwards the replay, at one address.
import { Background } from "./background.js";
import { CatchUpStrip } from "./catchup-strip.js";
import { Doorstep } from "./doorstep.js";
import { loadDecoder } from "./ear.js";
import { Feed } from "./feed.js";
import { get } from "./http.js";
import { Lamp } from "./lamp.js";
import { Listener } from "./listen.js";
import { noticeOn } from "./notice.js";
import { Replay } from "./replay.js";
import { Slides } from "./slides.js";
import { Talk, wireForm } from "./talk.js";
import { flatEvent } from "./wire.js";
import { find, spokenClock, toMs } from "./words.js";

const LOOK_EVERY_MS = 8000;
const DECODER_AFTER_MS = 800;

class Room {
  /** @param {HTMLElement} page */
  constructor(page) {
    const { base = "", cohort, teacher = "", seal = "", state } = page.dataset;
    this.page = page;
    this.notice = noticeOn(find("[data-notice]", page));
    this.room = { base: new URL(base, location.href), cohort: cohort ? Number(cohort) : null };
    this.logUrl = new URL(`log.json${cohort ? `?cohort=${cohort}` : ""}`, this.room.base);
    this.state = /** @type {import("./lamp.js").LessonState} */ (state);
    this.listening = false;
    this.halted = false;
    /** @type {number | null} */
    this.speaking = null;
    this.lamp = new Lamp(/** @type {HTMLButtonElement} */ (find("[data-lamp]", page)));
    this.slides = new Slides(find("[data-stage]", page));
    /** @type {import("./replay.js").Replay | null} */
    this.replay = null;
    const onPick = (/** @type {number} */ t) => (this.state === "ended" ? this.replay?.player.playFrom(t) : this.hearFrom(t));
    this.feed = new Feed(find("[data-feed]", page), { who: teacher, seal, onPick });
    this.doorstep = new Doorstep(find("[data-doorstep]", page), { onEnter: () => this.enter(), onStartOver: () => this.hearFrom(0) });
    this.strip = new CatchUpStrip(find("[data-catchup]", page), {
      onRate: (rate) => this.listener.setRate(rate),
      onLive: () => this.listener.toLive(),
    });
    /** Where to begin once the line says where live is. @type {number | null} */
    this.startAt = null;
    /** How much was spoken, media clock. */
    this.saidT = 0;
    this.listener = this.#listener();
    this.talk = this.#talk();
    this.background = new Background(page, () => this.#leaveToBackground());
  }

  async open() {
    this.lamp.button.addEventListener("click", () => this.listener.toLive());
    find("[data-wake]", this.page).addEventListener("click", () => this.listener.ear.wake());
    await this.look();
    if (this.state === "ended") return this.#ended();
    this.talk.line.open();
    setTimeout(loadDecoder, DECODER_AFTER_MS);
    setInterval(() => this.show(), 1000);
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Inside a tap. */
  async enter() {
    this.background.stop();
    this.doorstep.forgive();
    try {
      if (!this.listener.ear.isOpen) await this.listener.open();
      else this.listener.line.open();
      this.listening = true;
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
  async hearFrom(t) {
    if (this.listening && this.listener.line.state === "open") return this.#rewind(t);
    this.startAt = t;
    await this.enter();
  }

  /** @param {number} t */
  #rewind(t) {
    const turn = this.log?.events.map(flatEvent).findLast((/** @type {any} */ event) => event.kind === "slide" && event.t <= t);
    this.slides.teacherAt(turn?.slide ?? 0);
    this.listener.catchUp(t, this.strip.rate);
    this.show();
  }

  /** Read the lesson log: the truth the sockets only hint at. */
  async look() {
    const log = await get(this.logUrl).catch(() => null);
    if (!log) return;
    this.log = log;
    this.saidT = log.t;
    for (const clip of log.clips) this.#known(clip, log.t);
    for (const message of log.messages) this.feed.message(message);
    for (const event of log.events.map(flatEvent)) if (event.kind === "post") this.#posted(event);
    this.slides.setPages(log.slides);
    if (!this.listening) this.slides.teacherAt(log.slide);
    this.#listeners(log.listeners);
    if (!this.listening || this.state === "waiting") this.become(log.state);
    this.halted = log.events.findLast((/** @type {any} */ { kind }) => kind === "halt" || kind === "resume")?.kind === "halt";
    this.show();
  }

  /**
   * @param {import("./clip-bar.js").Clip} clip
   * @param {number} t
   */
  #known(clip, t) {
    if (this.listening && this.feed.clips.get(clip.n)?.state === "live") return;
    const bar = this.feed.clip(clip);
    if (bar.state === "live") bar.show("live", toMs(t - clip.starts_t));
  }

  /** @param {number} count */
  #listeners(count) {
    const text = ngettext("%s 人在听", "%s 人在听", count);
    find("[data-listeners]", this.page).textContent = this.state === "live" ? interpolate(text, [count.toLocaleString()]) : "";
  }

  show() {
    const { state, listening } = this;
    const now = { state, listening, line: this.listener.line.state, behindMs: this.listener.behindMs, speaking: this.speaking !== null, halted: this.halted, saidMs: toMs(this.saidT) };
    this.lamp.show(now);
    this.doorstep.show(now);
    this.strip.show({ isCatchingUp: this.listener.isCatchingUp, atMs: toMs(this.listener.t), behindMs: this.listener.behindMs });
    find("[data-empty]", this.page).hidden = !this.feed.isEmpty || state === "ended";
  }

  /** @param {import("./lamp.js").LessonState} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.page.dataset.state = state;
    if (state === "ended") this.#over();
  }

  /** The replay is the same page in another dress; a fresh start is the honest way to put it on. */
  #over() {
    this.notice(gettext("下课了。回放马上就好。"));
    const quiet = setInterval(() => {
      if (this.listener.ear.report.bufferMs > 0 || this.listener.isCatchingUp) return;
      clearInterval(quiet);
      setTimeout(() => location.reload(), 1500);
    }, 300);
  }

  async #ended() {
    this.show();
    this.replay = new Replay({ room: this.page, logUrl: this.logUrl, feed: this.feed, slides: this.slides });
    await this.replay.open(this.log ?? { sources: [] });
  }

  #listener() {
    return new Listener(this.room, {
      onEvent: (event) => this.#happened(event),
      onHello: (hello) => this.#hello(hello),
      onPosition: () => this.#moved(),
      onMissed: (ms, from) => this.#missed(ms, from),
      onLive: (leftOutMs) => this.#live(leftOutMs),
      onInterrupted: (stopped) => (find("[data-interrupted]", this.page).hidden = !stopped),
      onState: (state, refusal) => this.#line(state, refusal),
    });
  }

  /** @param {any} hello */
  #hello(hello) {
    this.become(hello.state);
    this.speaking = hello.clip ?? null;
    if (!this.slides.teachers) this.slides.teacherAt(hello.slide);
    if (this.startAt !== null && this.listening) this.#begin(this.startAt);
    this.show();
  }

  /** @param {number} t */
  #begin(t) {
    this.startAt = null;
    this.#rewind(t);
  }

  /** @param {import("./wire.js").LessonEvent} event */
  #happened(event) {
    const clip = event.clip ?? 0;
    if (event.isPast && event.kind !== "slide") return;
    if (event.kind === "start") this.become("live");
    else if (event.kind === "slide") this.slides.teacherAt(event.slide ?? 0);
    else if (event.kind === "end") this.become("ended");
    else if (event.kind === "post") this.#posted(event);
    else if (event.kind === "halt" || event.kind === "resume") this.#halt(event.kind === "halt");
    else if (event.kind === "clip_start") {
      this.become("live");
      this.speaking = clip;
      this.feed.clip({ n: clip, starts_t: event.t, ends_t: null });
    } else if (event.kind === "clip_end") {
      if (this.speaking === clip) this.speaking = null;
      const starts = this.feed.clips.get(clip)?.clip.starts_t ?? event.t;
      this.feed.clip({ n: clip, starts_t: starts, ends_t: event.t });
    } else this.feed.edit(event);
    this.show();
  }

  /** The playlist plays instead; the button at the door comes back from there. */
  #leaveToBackground() {
    this.listening = false;
    this.listener.line.close();
    this.listener.ear.clear();
    this.show();
  }

  /** @param {boolean} halted */
  #halt(halted) {
    this.halted = halted;
    this.speaking = null;
    this.notice(halted ? gettext("老师已暂停直播。恢复以后，声音会自己接着来。") : gettext("直播恢复了。"), halted);
  }

  /**
   * The host wrote to every cohort; the relay ledger wants to know that it was seen.
   * @param {import("./wire.js").LessonEvent} event
   */
  #posted(event) {
    if (this.feed.post(event) && this.listening) this.listener.line.send(JSON.stringify({ type: "heard", event: event.id }));
  }

  #moved() {
    if (this.listener.isCatchingUp) return this.#follow();
    const bar = this.speaking === null ? undefined : this.feed.clips.get(this.speaking);
    if (bar?.state !== "live" || !this.listener.ear.report.playing) return;
    const ms = toMs(this.listener.t - bar.clip.starts_t);
    while (bar.peaks.length < ms / 250 && bar.peaks.length < 4000) bar.hear(this.listener.ear.loudness);
    bar.show("live", ms);
  }

  /** While catching up the bar being heard plays, those before it are heard. */
  #follow() {
    const { t } = this.listener;
    for (const bar of this.feed.clips.values()) {
      const { starts_t: starts, ends_t: ends } = bar.clip;
      if (ends === null) continue;
      if (starts <= t && t < ends) bar.show("playing", toMs(t - starts));
      else if (bar.state === "playing" || (bar.state === "new" && ends <= t)) bar.show(ends <= t ? "done" : "new");
    }
  }

  /**
   * Caught up, or left the rest for later.
   * @param {number} leftOutMs
   */
  #live(leftOutMs) {
    const text = interpolate(gettext("跳过了 %s，点语音条就能补听。"), [spokenClock(leftOutMs)]);
    if (leftOutMs > 1000) this.feed.note(this.listener.arrivedT, text);
    else this.notice(gettext("跟上了，现在是直播。"));
    for (const bar of this.feed.clips.values()) if (bar.state === "playing") bar.show("done");
    if (this.log) this.slides.teacherAt(this.log.slide);
    this.look();
    this.show();
  }

  /**
   * A hole is said, with the clips it tore, and can be filled.
   * @param {number} ms
   * @param {number} from media clock
   */
  async #missed(ms, from) {
    await this.look();
    const bars = [...this.feed.clips.values()].filter(({ clip }) => clip.starts_t < from + ms / 2.5 && (clip.ends_t ?? Infinity) > from);
    for (const bar of bars) if (bar.clip.ends_t !== null) bar.show("lost");
    const count = ngettext("你离开时错过了 %s 条", "你离开时错过了 %s 条", bars.length);
    const what = [interpolate(count, [bars.length]), spokenClock(ms)].join(" · ");
    this.feed.note(this.listener.arrivedT, what, { word: gettext("补听"), act: () => this.hearFrom(from) });
    this.notice(what, true);
  }

  /**
   * @param {import("./line.js").LineState} state
   * @param {import("./line.js").Refused} [refusal]
   */
  #line(state, refusal) {
    if (state === "waiting" && this.listening) this.notice(gettext("网络断开了，正在重新连接。断开时讲的话会补上。"), true);
    if (state === "refused" && refusal?.code === "ended") this.become("ended");
    else if (state === "refused" && refusal) {
      this.listening = false;
      this.doorstep.refuse(refusal.sentence, refusal.offers, refusal.hls);
    }
    this.show();
  }

  #talk() {
    const talk = new Talk(this.room, {
      onMessage: (message) => this.feed.message(message),
      onState: (state) => {
        if (!this.listening || state === "live") this.become(/** @type {any} */ (state));
      },
      onBack: () => this.look(),
    });
    const form = this.page.querySelector("form[data-say]");
    if (form instanceof HTMLFormElement)
      wireForm(form, talk, (message) => this.feed.message(message), (text, trouble) => this.notice(text, trouble));
    return talk;
  }
}

const page = document.querySelector("[data-room]");
if (page instanceof HTMLElement) {
  const room = new Room(page);
  // For tests and for the curious:
  //   qunke.stats()   epoch, seq: the last frame taken · lost: frames that never came · t: media clock being heard, 2.5 ms
  //                   units · bufferMs, decodedMs · playing · underruns · firstSoundAt, tapeStartsAt: wall clock, ms
  //                   behindMs, catchingUp: on the way from further back
  //   qunke.heard()   the last minute of what went to the speakers, 48 kHz mono, its first sample at tapeStartsAt;
  //                   kept only while localStorage.qunkeTap === "1" when the sound is opened, or after qunke.tap(true)
  //   qunke.replay()  the <audio> element after the lesson
  Object.assign(window, {
    qunke: {
      stats: () => room.listener.stats(),
      tap: (/** @type {boolean} */ enable) => room.listener.ear.setTap(enable),
      heard: () => room.listener.ear.tape.heard(),
      replay: () => room.replay?.player.audio ?? null,
    },
  });
  const cohorts = document.querySelector("select[data-cohorts]");
  cohorts?.addEventListener("change", () => (location.search = `?cohort=${/** @type {HTMLSelectElement} */ (cohorts).value}`));
  room.open();
}
