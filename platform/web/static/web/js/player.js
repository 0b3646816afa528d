// The controls of one <audio>: play, ±15 s, speed, seek, keys, lock screen. What else moves with the sound, the page adds.
import { Counted } from "./counted.js";
import { clock, find } from "./words.js";

const SPEED_KEY = "qunkeSpeed";
const STEP_S = 15;
const MOST_FAILURES = 3;
/** The bar's own arrow keys would move it by a thousandth of a second. @type {Record<string, number>} */
const NUDGES_S = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
/** @type {Record<string, string>} */
const VERB_OF_KEY = { " ": "toggle", ArrowLeft: "back", ArrowRight: "ahead", p: "previous", n: "next" };

/**
 * @typedef {object} PlayerHooks
 * @property {(ms: number) => void} onMove where the sound is
 * @property {() => void} onBroken asked for again and again, and it does not come
 */

export class Player {
  /** How long the page knows it to be; 0: as long as the sound says. */
  knownMs = 0;
  /** What a button, a key or the lock screen may ask for. @type {Record<string, () => void>} */
  verbs = { toggle: () => this.toggle(), back: () => this.#step(-STEP_S), ahead: () => this.#step(STEP_S) };
  #isDragged = false;
  #failures = 0;

  /**
   * @param {HTMLElement} dock as web/_player.html has it
   * @param {PlayerHooks} hooks
   */
  constructor(dock, hooks) {
    this.dock = dock;
    this.hooks = hooks;
    this.audio = /** @type {HTMLAudioElement} */ (find("audio", dock));
    this.bar = /** @type {HTMLInputElement} */ (find("[data-seek]", dock));
    this.speed = /** @type {HTMLSelectElement} */ (find("[data-speed]", dock));
    this.button = find("[data-do='toggle']", dock);
    this.counted = new Counted(dock, this.audio, (sentence) => this.#elsewhere(sentence));
    this.#wire();
    this.watchSources();
    if (this.audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) this.#again(); // it failed before this script came
  }

  /** Once there is something to play. */
  start() {
    this.setSpeed(Number(localStorage.getItem(SPEED_KEY)) || 1);
    this.#lockScreen();
    this.moved();
  }

  /** Of several sources only the last one's failure means that none can be played. */
  watchSources() {
    this.audio.lastElementChild?.addEventListener("error", () => this.#again());
  }

  /** @param {string} sentence why it was stopped here; nothing while it plays */
  #elsewhere(sentence) {
    find("[data-elsewhere]", this.dock).textContent = sentence;
  }

  get ms() {
    return this.audio.currentTime * 1000;
  }

  get totalMs() {
    if (this.knownMs) return this.knownMs;
    return Number.isFinite(this.audio.duration) ? this.audio.duration * 1000 : Number(this.bar.max);
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  /** A browser may say no, or the link may have run out: `error` sees to that. */
  play() {
    this.#elsewhere("");
    this.counted.begin();
    this.#resume();
  }

  #resume() {
    this.audio.play().catch(() => {});
  }

  /** @param {number} ms */
  seek(ms) {
    this.audio.currentTime = Math.max(0, Math.min(ms / 1000, this.audio.duration || this.totalMs / 1000));
    this.moved();
  }

  /** @param {number} seconds */
  #step(seconds) {
    this.seek(this.ms + seconds * 1000);
  }

  /** @param {number} rate */
  setSpeed(rate) {
    this.audio.defaultPlaybackRate = this.audio.playbackRate = rate;
    this.speed.value = String(rate);
    localStorage.setItem(SPEED_KEY, String(rate));
  }

  /** Links to the sound expire; asking for it again at the same place gets a fresh one. */
  async #again() {
    const { currentTime, paused } = this.audio;
    if (await this.counted.isStopped()) return;
    if (this.#failures++ >= MOST_FAILURES) return this.hooks.onBroken();
    this.audio.load();
    this.audio.currentTime = currentTime;
    if (!paused) this.#resume();
  }

  #wire() {
    this.dock.addEventListener("click", ({ target }) => {
      const button = target instanceof Element && target.closest("[data-do]");
      if (button instanceof HTMLElement) this.verbs[button.dataset.do ?? ""]?.();
    });
    this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
    this.#wireBar();
    this.audio.addEventListener("error", () => this.#again());
    this.audio.addEventListener("playing", () => (this.#failures = 0));
    this.audio.addEventListener("loadedmetadata", () => (this.bar.max = String(this.totalMs)));
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) this.audio.addEventListener(name, () => this.moved());
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.#turned());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #wireBar() {
    this.bar.addEventListener("input", () => {
      this.#isDragged = true;
      this.seek(Number(this.bar.value));
    });
    this.bar.addEventListener("change", () => (this.#isDragged = false));
    this.bar.addEventListener("keydown", (event) => {
      const seconds = NUDGES_S[event.key];
      if (!seconds) return;
      event.preventDefault();
      this.#step(seconds);
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const busy = event.target instanceof Element && event.target.closest("input, select, textarea, button, a, [tabindex='0']");
    const verb = this.verbs[VERB_OF_KEY[event.key] ?? ""];
    if (busy || !verb || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    verb();
  }

  #turned() {
    const { paused } = this.audio;
    this.dock.toggleAttribute("data-playing", !paused);
    this.button.setAttribute("aria-label", paused ? gettext("播放") : gettext("暂停"));
    if ("mediaSession" in navigator) navigator.mediaSession.playbackState = paused ? "paused" : "playing";
  }

  moved() {
    const total = this.totalMs;
    if (!this.#isDragged) this.bar.value = String(this.ms);
    this.bar.style.setProperty("--at", `${total ? (100 * this.ms) / total : 0}%`);
    this.bar.setAttribute("aria-valuetext", interpolate(gettext("%s，共 %s"), [this.spoken(this.ms), this.spoken(total)]));
    find("[data-now]", this.dock).textContent = clock(this.ms);
    find("[data-left]", this.dock).textContent = `−${clock(total - this.ms)}`;
    this.hooks.onMove(this.ms);
  }

  /**
   * A time on the bar, for someone who hears it read.
   * @param {number} ms
   */
  spoken(ms) {
    return clock(ms);
  }

  #lockScreen() {
    if (!("mediaSession" in navigator)) return;
    const { title = "", artist = "", album = "" } = this.dock.dataset;
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album });
    for (const [action, handler] of this.lockScreenActions()) navigator.mediaSession.setActionHandler(action, handler);
  }

  /** @returns {[MediaSessionAction, MediaSessionActionHandler][]} */
  lockScreenActions() {
    return [
      ["play", () => this.play()],
      ["pause", () => this.audio.pause()],
      ["seekbackward", ({ seekOffset }) => this.#step(-(seekOffset ?? STEP_S))],
      ["seekforward", ({ seekOffset }) => this.#step(seekOffset ?? STEP_S)],
      ["seekto", ({ seekTime }) => this.seek((seekTime ?? 0) * 1000)],
    ];
  }
}
