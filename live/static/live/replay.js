// After the lesson: slides, words and clips follow the audio's own clock.
import { get } from "./http.js";
import { Line } from "./line.js";
import { Player } from "./player.js";
import { clock, el, find, toMs } from "./words.js";
import { flatEvent } from "./wire.js";

const POLL_MS = 3000;
const HANDS_OFF_MS = 6000;
const SPREAD_MS = 2000;
const EDITS = new Set(["retract", "restore", "replace", "trim"]);

export class Replay {
  /** @type {import("./wire.js").LessonEvent[]} */
  #turns = [];
  /** @type {HTMLElement[]} */
  #rows = [];
  #touchedAt = 0;
  /** The last change that is in the sound; -1: nothing was opened yet. */
  edit = -1;
  changing = false;
  #clip = -1;

  /**
   * @param {{room: HTMLElement, logUrl: URL, feed: import("./feed.js").Feed, slides: import("./slides.js").Slides}} parts
   */
  constructor({ room, logUrl, feed, slides }) {
    this.room = room;
    this.logUrl = logUrl;
    this.feed = feed;
    this.slides = slides;
    this.wait = find("[data-preparing]", room);
    this.list = find("[data-clips]", room);
    this.player = new Player(find("[data-dock]", room), (t) => this.at(t), () => this.#broken());
    for (const name of ["wheel", "touchmove", "pointerdown", "keydown"])
      feed.box.addEventListener(name, () => (this.#touchedAt = Date.now()), { passive: true });
  }

  /** The sound may be gone because the host took some of it back: then another is being made. */
  async #broken() {
    const log = await get(this.logUrl).catch(() => null);
    if (log && !this.#isSame(log)) return this.#again();
    this.wait.textContent = gettext("回放打不开。检查网络，刷新这一页再听。");
    this.wait.hidden = false;
  }

  /** @param {any} log */
  #isSame(log) {
    return log.sources.length > 0 && log.edit === this.edit;
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
    if (this.changing) return;
    this.changing = true;
    const { audio, clips, clipIndex } = this.player;
    const [playing, here] = [!audio.paused, clips[clipIndex]];
    const into = here ? this.player.ms - toMs(here.starts_t) : 0;
    audio.pause();
    this.wait.textContent = gettext("老师改了这一讲，正在整理新的回放。马上就好，不用刷新。");
    this.wait.hidden = false;
    await new Promise((done) => setTimeout(done, Math.random() * SPREAD_MS));
    const log = await get(this.logUrl).catch(() => ({ sources: [] }));
    this.changing = false;
    await this.open(log);
    const now = this.player.clips.find(({ n }) => n === here?.n);
    if (now) this.player.seek(Math.min(toMs(now.starts_t) + into, toMs(now.ends_t ?? 0)) / 1000);
    if (playing) this.player.toggle();
  }

  /** @param {any} log */
  async open(log) {
    this.room.dataset.state = "ended";
    while (!log.sources.length) {
      this.wait.hidden = false;
      await new Promise((done) => setTimeout(done, POLL_MS));
      log = await get(this.logUrl).catch(() => log);
    }
    this.wait.hidden = true;
    this.#fill(log);
  }

  /** @param {any} log */
  #fill(log) {
    if (this.edit < 0) this.#follow();
    this.edit = log.edit;
    this.feed.clear();
    this.#clip = -1;
    this.#turns = log.events.map(flatEvent).filter((/** @type {any} */ { kind }) => kind === "slide");
    const clips = log.clips.map((/** @type {any} */ clip) => ({ ...clip, ends_t: clip.ends_t ?? log.t }));
    for (const clip of clips) this.feed.clip(clip);
    for (const message of log.messages) this.feed.message(message);
    for (const event of log.events.map(flatEvent)) if (event.kind === "post") this.feed.post(event);
    this.slides.setPages(log.slides);
    const heard = clips.filter((/** @type {any} */ clip) => clip.state !== "retracted");
    this.#listClips(heard, clips.filter((/** @type {any} */ clip) => clip.state === "retracted"));
    this.room.classList.add("ready");
    const empty = find("[data-empty]", this.room);
    empty.textContent = gettext("这一讲里，群里没有人打字。");
    empty.hidden = log.messages.length > 0;
    this.player.load(log.sources, heard, toMs(log.t));
    const asked = heard.find((/** @type {any} */ clip) => location.hash === `#clip-${clip.n}`);
    if (asked) this.player.seek(toMs(asked.starts_t) / 1000);
  }

  /**
   * @param {import("./clip-bar.js").Clip[]} clips
   * @param {import("./clip-bar.js").Clip[]} gone what was taken back
   */
  #listClips(clips, gone) {
    const total = clips.length ? toMs(clips[clips.length - 1].ends_t ?? 0) : 0;
    find("[data-clips-total]", this.room).textContent = interpolate(gettext("%s 条 · %s"), [clips.length, clock(Math.round(total / 1000) * 1000)]);
    this.#rows = clips.map((clip) => {
      const ms = Math.round(toMs((clip.ends_t ?? 0) - clip.starts_t) / 1000) * 1000;
      const button = el("button", "", el("span", "num", String(clip.n)), this.#titleOf(clip), ...(clip.updated ? [el("span", "edit t12", gettext("已更新"))] : []), el("time", "num", clock(ms)));
      button.type = "button";
      button.addEventListener("click", () => this.player.playFrom(clip.starts_t));
      return el("li", "", button);
    });
    this.list.replaceChildren(...this.#rows);
    for (const { n, starts_t: t } of gone) {
      const next = this.#rows[clips.findIndex((clip) => clip.starts_t >= t && clip.n > n)] ?? null;
      this.list.insertBefore(el("li", "taken-back t13 i3", gettext("老师撤回了一条语音")), next);
    }
  }

  /** @param {import("./clip-bar.js").Clip} clip */
  #titleOf(clip) {
    const length = el("span", "len");
    length.append(el("i"));
    length.style.setProperty("--s", String(Math.round(toMs((clip.ends_t ?? 0) - clip.starts_t) / 1000)));
    return length;
  }

  /** @param {number} t media clock being heard */
  at(t) {
    const turn = this.#turns.findLast((event) => event.t <= t + 1);
    this.slides.teacherAt(turn?.slide ?? 0);
    this.#clips(t);
    this.feed.at(t + 1, !this.player.audio.paused && Date.now() - this.#touchedAt > HANDS_OFF_MS);
  }

  /** @param {number} t */
  #clips(t) {
    const index = this.player.clipIndex;
    const here = this.player.clips[index];
    for (const [n, bar] of this.feed.clips) {
      const past = bar.clip.starts_t < t && n !== here?.n;
      bar.show(n === here?.n ? "playing" : past ? "done" : "new", n === here?.n ? toMs(t - bar.clip.starts_t) : 0);
    }
    if (index === this.#clip) return;
    this.#clip = index;
    this.#rows.forEach((row, at) => {
      row.className = at === index ? "on" : at < index ? "past" : "";
      if (at === index) row.firstElementChild?.setAttribute("aria-current", "true");
      else row.firstElementChild?.removeAttribute("aria-current");
    });
    this.#rows[index]?.scrollIntoView({ block: "nearest" });
    find("[data-clip-name]", this.room).textContent = here ? interpolate(gettext("第 %s 条"), [here.n]) : "";
  }
}
