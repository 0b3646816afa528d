// After the lesson: slides, words and clips follow the audio's own clock.
import { sound } from "../web/js/app.js";
import { Controls } from "../web/js/controls.js";
import { Line } from "./line.js";
import { readLog, slideAt } from "./log.js";
import { wait } from "./pauses.js";
import { toMs, toUnits } from "./wire.js";
import { buttonTo, clock, el, find } from "./words.js";

const POLL_MS = 3000;
const HANDS_OFF_MS = 6000;
const SPREAD_MS = 2000;
const EDITS = new Set(["retract", "restore", "replace", "trim"]);

/** @typedef {import("./log.js").Log} Log */
/** @typedef {import("./clip-bar.js").Clip} Clip */
/** @typedef {import("../web/js/sound.js").Programme} Programme */

export class Replay {
  /** @type {import("./wire.js").LessonEvent[]} */
  #turns = [];
  /** @type {HTMLElement[]} */
  #rows = [];
  #touchedAt = 0;
  /** The last change that is in the sound; -1: nothing was opened yet. */
  #edit = -1;
  #isChanging = false;
  /** Which of the clips is heard. */
  #index = -1;
  /** What is heard of the lesson, in order. @type {Clip[]} */
  #clips = [];
  /** What the school says of the lesson beside its sound. @type {Partial<Programme>} */
  #about = {};

  /**
   * @param {{room: HTMLElement, logUrl: URL, feed: import("./feed.js").Feed, slides: import("./slides.js").Slides}} parts
   */
  constructor({ room, logUrl, feed, slides }) {
    this.room = room;
    this.logUrl = logUrl;
    this.feed = feed;
    this.slides = slides;
    this.preparing = find("[data-preparing]", room);
    this.list = find("[data-clips]", room);
    this.controls = new Controls(find("[data-dock]", room), sound, {
      onMove: (ms) => this.#at(toUnits(ms)),
      onBroken: () => this.#broken(),
    });
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"])
      feed.box.addEventListener(name, () => (this.#touchedAt = Date.now()), { passive: true });
  }

  /** The sound may be gone because the host took some of it back: then another is being made. */
  async #broken() {
    const log = await readLog(this.logUrl);
    const isChanged = log && (!log.sources.length || log.edit !== this.#edit);
    if (isChanged) this.#again();
    else this.#say(gettext("回放打不开。检查网络，刷新这一页再听。"));
  }

  /** @param {string} text */
  #say(text) {
    this.preparing.textContent = text;
    this.preparing.hidden = false;
  }

  /** Who replays hears of a change at once; not everyone asks for the new sound in the same instant. */
  #follow() {
    const cohort = this.logUrl.searchParams.get("cohort");
    const line = new Line({
      base: new URL(".", this.logUrl),
      part: "listen",
      cohort: cohort ? Number(cohort) : null,
      onText: (message) => {
        if (message.type === "event" && EDITS.has(message.kind)) this.#again();
      },
    });
    line.open();
  }

  /** The lesson was changed: hear the rest of it as it is now, from the same clip on. */
  async #again() {
    if (this.#isChanging) return;
    this.#isChanging = true;
    const [playing, here] = [!sound.audio.paused, this.#clips[sound.index]];
    const into = here ? sound.ms - toMs(here.starts_t) : 0;
    sound.audio.pause();
    this.#say(gettext("老师改了这一讲，正在整理新的回放。马上就好，不用刷新。"));
    await wait(Math.random() * SPREAD_MS);
    const log = await readLog(this.logUrl);
    this.#isChanging = false;
    await this.open(log);
    const now = this.#clips.find(({ n }) => n === here?.n);
    if (now) sound.seek(Math.min(toMs(now.starts_t) + into, toMs(now.ends_t ?? 0)));
    if (playing) sound.play();
  }

  /** @param {number} t media clock */
  playFrom(t) {
    if (this.#clips.length) this.controls.playFrom(toMs(t));
  }

  /** @param {Log | null} log */
  async open(log) {
    this.room.dataset.state = "ended";
    while (!log?.sources.length) {
      this.preparing.hidden = false;
      await wait(POLL_MS);
      log = (await readLog(this.logUrl)) ?? log;
    }
    this.preparing.hidden = true;
    this.#about = await this.#read();
    this.#fill(log);
  }

  /** @returns {Promise<Partial<Programme>>} */
  async #read() {
    const answer = await fetch(this.room.dataset.sound ?? "", { credentials: "same-origin" }).catch(() => null);
    return answer?.ok ? answer.json() : {};
  }

  /**
   * The log is newer than what else is known: the host may have changed the sound a moment ago.
   * @param {Log} log
   * @returns {Programme}
   */
  #programme(log) {
    const chapters = this.#clips.map(({ n, starts_t: t }) => ({ n, title: "", ms: toMs(t) }));
    return { lesson: 0, ...this.#about, low: [], sources: log.sources, chapters, ms: toMs(log.t) };
  }

  /** @param {Log} log */
  #fill(log) {
    if (this.#edit < 0) this.#follow();
    this.#edit = log.edit;
    this.feed.clear();
    this.#index = -1;
    this.#turns = log.events.filter(({ kind }) => kind === "slide");
    const clips = log.clips.map((clip) => ({ ...clip, ends_t: clip.ends_t ?? log.t }));
    for (const clip of clips) this.feed.clip(clip);
    for (const message of log.messages) this.feed.message(message);
    for (const event of log.events) if (event.kind === "post") this.feed.post(event);
    this.slides.setPages(log.slides);
    const heard = clips.filter(({ state }) => state !== "retracted");
    this.#listClips(heard, clips.filter(({ state }) => state === "retracted"));
    this.room.classList.add("ready");
    const empty = find("[data-empty]", this.room);
    empty.textContent = gettext("这一讲里，群里没有人打字。");
    empty.hidden = log.messages.length > 0;
    this.#clips = heard;
    const programme = this.#programme(log);
    sound.load(programme);
    this.controls.show(programme);
    const asked = heard.find(({ n }) => location.hash === `#clip-${n}`);
    if (asked) sound.seek(toMs(asked.starts_t));
  }

  /**
   * @param {Clip[]} clips
   * @param {Clip[]} gone what was taken back
   */
  #listClips(clips, gone) {
    const total = clips.length ? toMs(clips[clips.length - 1].ends_t ?? 0) : 0;
    find("[data-clips-total]", this.room).textContent = interpolate(gettext("%s 条 · %s"), [clips.length, clock(Math.round(total / 1000) * 1000)]);
    this.#rows = clips.map((clip) => {
      const updated = clip.updated ? [el("span", "edit t12", gettext("已更新"))] : [];
      const parts = [el("span", "num", String(clip.n)), lengthOf(clip), ...updated, el("time", "num", clock(secondsOf(clip) * 1000))];
      return el("li", "", buttonTo(() => this.playFrom(clip.starts_t), "", ...parts));
    });
    this.list.replaceChildren(...this.#rows);
    for (const { n, starts_t: t } of gone) {
      const next = this.#rows[clips.findIndex((clip) => clip.starts_t >= t && clip.n > n)] ?? null;
      this.list.insertBefore(el("li", "taken-back t13 i3", gettext("老师撤回了一条语音")), next);
    }
  }

  /** @param {number} t media clock being heard */
  #at(t) {
    this.slides.teacherAt(slideAt(this.#turns, t + 1));
    this.#showClip(t);
    this.feed.at(t + 1, !sound.audio.paused && Date.now() - this.#touchedAt > HANDS_OFF_MS);
  }

  /** @param {number} t */
  #showClip(t) {
    const index = sound.index;
    const here = this.#clips[index];
    for (const [n, bar] of this.feed.clips) {
      const past = bar.clip.starts_t < t && n !== here?.n;
      bar.show(n === here?.n ? "playing" : past ? "done" : "new", n === here?.n ? toMs(t - bar.clip.starts_t) : 0);
    }
    if (index === this.#index) return;
    this.#index = index;
    this.#rows.forEach((row, at) => {
      row.className = at === index ? "on" : at < index ? "past" : "";
      if (at === index) row.firstElementChild?.setAttribute("aria-current", "true");
      else row.firstElementChild?.removeAttribute("aria-current");
    });
    this.#rows[index]?.scrollIntoView({ block: "nearest" });
  }
}

/** @param {Clip} clip */
const secondsOf = (clip) => Math.round(toMs((clip.ends_t ?? 0) - clip.starts_t) / 1000);

/**
 * Its length as a line.
 * @param {Clip} clip
 */
function lengthOf(clip) {
  const line = el("span", "len", el("i"));
  line.style.setProperty("--s", String(secondsOf(clip)));
  return line;
}
