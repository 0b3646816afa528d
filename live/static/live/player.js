// The controls of one <audio>: play, ±15 s, clips back and forth, speed, seek, lock screen.
import { clock, find, icon, spokenClock, toMs } from "./words.js";

const SPEED_KEY = "qunkeSpeed";
const STEP_S = 15;
const RESTART_S = 3;
const MOST_FAILURES = 3;

export class Player {
  /** @type {import("./clip-bar.js").Clip[]} */
  clips = [];
  #seeking = false;
  #failures = 0;

  /**
   * @param {HTMLElement} dock
   * @param {(t: number) => void} onMove
   * @param {() => void} onBroken
   */
  constructor(dock, onMove, onBroken) {
    this.dock = dock;
    this.onMove = onMove;
    this.onBroken = onBroken;
    this.audio = /** @type {HTMLAudioElement} */ (find("audio", dock));
    this.bar = /** @type {HTMLInputElement} */ (find("[data-seek]", dock));
    this.speed = /** @type {HTMLSelectElement} */ (find("[data-speed]", dock));
    this.button = find("[data-do='toggle']", dock);
    this.#wire();
  }

  /**
   * @param {{url: string, mime: string}[]} sources
   * @param {import("./clip-bar.js").Clip[]} clips
   * @param {number} totalMs
   */
  load(sources, clips, totalMs) {
    this.clips = clips;
    this.totalMs = totalMs;
    this.bar.max = String(totalMs / 1000);
    this.audio.replaceChildren(...sources.map(({ url, mime }) => Object.assign(document.createElement("source"), { src: url, type: mime })));
    this.audio.lastElementChild?.addEventListener("error", () => this.#again());
    this.audio.load();
    this.setSpeed(Number(localStorage.getItem(SPEED_KEY)) || 1);
    this.#segments();
    this.#mediaSession();
    this.#moved();
  }

  get ms() {
    return this.audio.currentTime * 1000;
  }

  toggle() {
    if (this.audio.paused) this.#play();
    else this.audio.pause();
  }

  /** A browser may say no, or the link may have run out: `error` sees to that. */
  #play() {
    this.audio.play().catch(() => {});
  }

  /** Links to the sound expire; asking for it again at the same place gets a fresh one. */
  #again() {
    if (this.#failures++ >= MOST_FAILURES) return this.onBroken();
    const { currentTime, paused } = this.audio;
    this.audio.load();
    this.audio.currentTime = currentTime;
    if (!paused) this.#play();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.audio.currentTime = Math.max(0, Math.min(seconds, this.audio.duration || (this.totalMs ?? 0) / 1000));
    this.#moved();
  }

  /** @param {number} t media clock */
  playFrom(t) {
    if (!this.clips.length) return;
    this.seek(toMs(t) / 1000 + 0.001);
    this.#play();
  }

  get clipIndex() {
    const t = this.ms / 2.5;
    return this.clips.findLastIndex((clip) => clip.starts_t <= t + 1);
  }

  previous() {
    const index = this.clipIndex;
    const here = this.clips[index];
    const again = here && this.audio.currentTime - toMs(here.starts_t) / 1000 > RESTART_S;
    const target = this.clips[again ? index : Math.max(0, index - 1)];
    if (target) this.seek(toMs(target.starts_t) / 1000);
  }

  next() {
    const target = this.clips[this.clipIndex + 1];
    if (target) this.seek(toMs(target.starts_t) / 1000);
  }

  /** @param {number} rate */
  setSpeed(rate) {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = rate;
    this.speed.value = String(rate);
    localStorage.setItem(SPEED_KEY, String(rate));
  }

  #wire() {
    /** @type {Record<string, () => void>} */
    const verbs = {
      toggle: () => this.toggle(), back: () => this.seek(this.audio.currentTime - STEP_S),
      ahead: () => this.seek(this.audio.currentTime + STEP_S), previous: () => this.previous(), next: () => this.next(),
    };
    this.dock.addEventListener("click", ({ target }) => {
      const button = target instanceof Element && target.closest("[data-do]");
      if (button instanceof HTMLElement) verbs[button.dataset.do ?? ""]?.();
    });
    this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
    this.bar.addEventListener("input", () => {
      this.#seeking = true;
      this.seek(Number(this.bar.value));
    });
    this.bar.addEventListener("change", () => (this.#seeking = false));
    this.bar.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.seek(this.audio.currentTime + step);
    });
    this.audio.addEventListener("error", () => this.#again());
    this.audio.addEventListener("playing", () => (this.#failures = 0));
    for (const name of ["timeupdate", "seeked", "loadedmetadata", "ratechange"])
      this.audio.addEventListener(name, () => this.#moved());
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#playState());
    document.addEventListener("keydown", (event) => this.#key(event, verbs));
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Record<string, () => void>} verbs
   */
  #key(event, verbs) {
    const busy = event.target instanceof Element && event.target.closest("input, select, textarea, button, a, [tabindex='0']");
    if (busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const verb = { " ": "toggle", ArrowLeft: "back", ArrowRight: "ahead", p: "previous", n: "next" }[event.key];
    if (!verb) return;
    event.preventDefault();
    verbs[verb]();
  }

  #playState() {
    const playing = !this.audio.paused;
    this.button.replaceChildren(icon(playing ? "pause" : "play"));
    this.button.setAttribute("aria-label", playing ? gettext("暂停") : gettext("播放"));
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = playing ? "playing" : "paused";
    if (playing) requestAnimationFrame(() => this.#follow());
  }

  #follow() {
    if (this.audio.paused) return;
    this.#moved();
    requestAnimationFrame(() => this.#follow());
  }

  #moved() {
    const total = this.totalMs ?? 0;
    if (!this.#seeking) this.bar.value = String(this.ms / 1000);
    this.bar.style.setProperty("--at", `${total ? (100 * this.ms) / total : 0}%`);
    this.bar.setAttribute("aria-valuetext", interpolate(gettext("%s，共 %s"), [spokenClock(this.ms), spokenClock(total)]));
    find("[data-now]", this.dock).textContent = clock(this.ms);
    find("[data-left]", this.dock).textContent = `−${clock(total - this.ms)}`;
    this.onMove(this.ms / 2.5);
  }

  #segments() {
    const parts = this.clips.map((clip) => {
      const part = document.createElement("i");
      part.style.flex = String(Math.max(1, (clip.ends_t ?? clip.starts_t) - clip.starts_t));
      return part;
    });
    find("[data-segments]", this.dock).replaceChildren(...parts);
  }

  #mediaSession() {
    if (!("mediaSession" in navigator)) return;
    const { title = "", artist = "", album = "" } = this.dock.dataset;
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album });
    /** @type {[MediaSessionAction, (details: MediaSessionActionDetails) => void][]} */
    const actions = [
      ["play", () => this.#play()], ["pause", () => this.audio.pause()],
      ["seekbackward", ({ seekOffset }) => this.seek(this.audio.currentTime - (seekOffset ?? STEP_S))],
      ["seekforward", ({ seekOffset }) => this.seek(this.audio.currentTime + (seekOffset ?? STEP_S))],
      ["previoustrack", () => this.previous()], ["nexttrack", () => this.next()],
      ["seekto", ({ seekTime }) => this.seek(seekTime ?? 0)],
    ];
    for (const [action, handler] of actions) navigator.mediaSession.setActionHandler(action, handler);
  }
}
