// After the lesson: slides, words and clips follow the audio's own clock.
import { get } from "./http.js";
import { Player } from "./player.js";
import { clock, el, find, toMs } from "./words.js";
import { flatEvent } from "./wire.js";

const POLL_MS = 3000;
const HANDS_OFF_MS = 6000;

export class Replay {
  /** @type {import("./wire.js").LessonEvent[]} */
  #turns = [];
  /** @type {HTMLElement[]} */
  #rows = [];
  #touchedAt = 0;
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

  #broken() {
    this.wait.textContent = gettext("回放打不开。检查网络，刷新这一页再听。");
    this.wait.hidden = false;
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
    this.#turns = log.events.map(flatEvent).filter((/** @type {any} */ { kind }) => kind === "slide");
    const clips = log.clips.map((/** @type {any} */ clip) => ({ ...clip, ends_t: clip.ends_t ?? log.t }));
    for (const clip of clips) this.feed.clip(clip);
    for (const message of log.messages) this.feed.message(message);
    for (const event of log.events.map(flatEvent)) if (event.kind === "post") this.feed.post(event);
    this.slides.setPages(log.slides);
    this.#listClips(clips);
    this.room.classList.add("ready");
    const empty = find("[data-empty]", this.room);
    empty.textContent = gettext("这一讲里，群里没有人打字。");
    empty.hidden = log.messages.length > 0;
    this.player.load(log.sources, clips, toMs(log.t));
  }

  /** @param {import("./clip-bar.js").Clip[]} clips */
  #listClips(clips) {
    const total = clips.length ? toMs(clips[clips.length - 1].ends_t ?? 0) : 0;
    find("[data-clips-total]", this.room).textContent = interpolate(gettext("%s 条 · %s"), [clips.length, clock(Math.round(total / 1000) * 1000)]);
    this.#rows = clips.map((clip) => {
      const ms = Math.round(toMs((clip.ends_t ?? 0) - clip.starts_t) / 1000) * 1000;
      const button = el("button", "", el("span", "num", String(clip.n)), this.#titleOf(clip), el("time", "num", clock(ms)));
      button.type = "button";
      button.addEventListener("click", () => this.player.playFrom(clip.starts_t));
      return el("li", "", button);
    });
    this.list.replaceChildren(...this.#rows);
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
