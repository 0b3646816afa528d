// The one sound of the app: an <audio> that goes on while pages come and go, and all that may be asked of it.
import { Counted } from "./counted.js";
import { Habits } from "./habits.js";
import { followOnLockScreen, lockScreen } from "./lockscreen.js";
import { Place } from "./place.js";
import { Silence } from "./silence.js";
import { Sleep } from "./sleep.js";

const STEP_S = 15;
const RESTART_MS = 3000;
const AT_THE_END_MS = 3000;
const INTO_CHAPTER_MS = 1; // at its very edge rounding may land in the one before
const MOST_FAILURES = 3;
const PATIENCE_MS = 4000;

/**
 * @typedef {{n: number, title: string, ms: number}} Chapter `ms`: where it begins
 * @typedef {{url: string, mime: string}} Source
 * @typedef {{url: string, title: string}} Neighbour
 */

/**
 * What is played; courses/programme.py makes it.
 * @typedef {object} Programme
 * @property {number} lesson
 * @property {Source[]} sources
 * @property {number} [ms] its length; 0: as long as the sound says
 * @property {Chapter[]} [chapters]
 * @property {Source[]} [low] for who saves data
 * @property {string} [title]
 * @property {string} [artist]
 * @property {string} [album]
 * @property {string} [url] its page
 * @property {string} [picture] for the lock screen
 * @property {string} [peaks]
 * @property {string} [silence]
 * @property {string} [beat] where this is counted, see counted.js
 * @property {string} [token]
 * @property {number} [listener]
 * @property {number} [resume_ms]
 * @property {number} [resume_at] milliseconds since 1970
 * @property {{speed: number, skips: boolean, saves: boolean}} [habits]
 * @property {string} [habits_url]
 * @property {Neighbour | null} [next]
 * @property {string[]} [companions] modules with `listen({audio, programme})`
 */

/** Events: `programme` (another is played), `turned` (on or off), `moved`, `said` (detail: a sentence), `broken`, `set`. */
export class Sound extends EventTarget {
  /** @type {Programme | null} */
  programme = null;
  /** Whether any of it was played: what is only ready is on nobody's mind. */
  isBegun = false;
  #failures = 0;
  /** @type {{stop?: () => void}[]} */
  #companions = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;

  /** @param {HTMLAudioElement} audio */
  constructor(audio) {
    super();
    this.audio = audio;
    this.box = audio.parentElement ?? document.body;
    this.counted = new Counted(this.box, audio, (sentence) => this.say(sentence));
    this.habits = new Habits(this);
    this.place = new Place(this);
    this.sleep = new Sleep(this);
    this.silence = new Silence(this);
    this.#wire();
    followOnLockScreen(this);
  }

  /**
   * Have this ready; it does not begin by itself. The same again stays where it is.
   * @param {Programme} programme
   * @param {number} [ms] from here on; else from where it was left
   */
  load(programme, ms) {
    this.#stopCompanions();
    this.audio.pause();
    this.programme = programme;
    this.isBegun = false;
    this.box.dataset.beat = programme.beat ?? "";
    this.box.dataset.token = programme.token ?? "";
    this.#failures = 0;
    this.habits.learn(programme);
    this.#source();
    this.audio.currentTime = (ms ?? this.place.of(programme)) / 1000;
    this.#bringCompanions(programme);
    lockScreen(this);
    this.tell("programme");
    this.moved();
  }

  /** Nothing is played any more. */
  unload() {
    this.#stopCompanions();
    this.audio.pause();
    this.programme = null;
    this.audio.replaceChildren();
    this.audio.removeAttribute("src");
    this.audio.load();
    this.tell("programme");
  }

  #source() {
    const { sources, low = [] } = /** @type {Programme} */ (this.programme);
    const all = this.habits.saves ? [...low, ...sources] : [...sources, ...low];
    const unlike = all.filter(({ url }, index) => all.findIndex((other) => other.url === url) === index);
    this.audio.preload = this.programme?.beat ? "none" : "metadata";
    this.audio.replaceChildren(...unlike.map(({ url, mime }) => Object.assign(document.createElement("source"), { src: url, type: mime })));
    // of several sources only the last one's failure means that none can be played
    this.audio.lastElementChild?.addEventListener("error", () => this.#again());
    this.audio.load();
    this.audio.defaultPlaybackRate = this.audio.playbackRate = this.habits.speed;
  }

  get ms() {
    return this.audio.currentTime * 1000;
  }

  get totalMs() {
    const known = this.programme?.ms;
    if (known) return known;
    return Number.isFinite(this.audio.duration) ? this.audio.duration * 1000 : 0;
  }

  get chapters() {
    return this.programme?.chapters ?? [];
  }

  /** Which chapter is heard; -1: there are none. */
  get index() {
    return this.chapters.findLastIndex(({ ms }) => ms <= this.ms + INTO_CHAPTER_MS);
  }

  get chapter() {
    return this.chapters[this.index];
  }

  toggle() {
    if (this.audio.paused) this.play();
    else this.audio.pause();
  }

  /** A browser may say no, or the link may have run out: `error` sees to that. */
  play() {
    if (!this.programme) return;
    this.say("");
    this.counted.begin();
    if (this.totalMs && this.ms > this.totalMs - AT_THE_END_MS && this.audio.ended) this.audio.currentTime = 0;
    this.#resume();
  }

  #resume() {
    this.audio.play().catch(() => {});
  }

  /** @param {number} ms */
  seek(ms) {
    this.audio.currentTime = Math.max(0, Math.min(ms / 1000, this.audio.duration || this.totalMs / 1000 || Number.POSITIVE_INFINITY));
    this.moved();
  }

  /**
   * @param {-1 | 1} way
   * @param {number} [seconds]
   */
  step(way, seconds = STEP_S) {
    this.seek(this.ms + way * seconds * 1000);
  }

  /** @param {Chapter | undefined} chapter */
  #goTo(chapter) {
    if (chapter) this.seek(chapter.ms + INTO_CHAPTER_MS);
  }

  /** The beginning of this clip, or of the one before where it has only begun. */
  previous() {
    const here = this.chapter;
    const again = here && this.ms - here.ms > RESTART_MS;
    this.#goTo(this.chapters[again ? this.index : Math.max(0, this.index - 1)]);
  }

  next() {
    this.#goTo(this.chapters[this.index + 1]);
  }

  /** @param {number} ms */
  playFrom(ms) {
    this.seek(ms + INTO_CHAPTER_MS);
    this.play();
  }

  /** The low rendition, or the full one, from this very place on. */
  changeSources() {
    if (!this.programme) return;
    const { currentTime, paused } = this.audio;
    this.#source();
    this.audio.currentTime = currentTime;
    if (!paused) this.#resume();
  }

  /** Links to the sound expire; asking for it again at the same place gets a fresh one. */
  async #again() {
    const { currentTime, paused } = this.audio;
    if (!this.programme || (await this.counted.isStopped())) return;
    if (this.#failures++ >= MOST_FAILURES) return this.#broken();
    this.audio.load();
    this.audio.currentTime = currentTime;
    if (!paused) this.#resume();
  }

  #broken() {
    this.audio.pause();
    this.tell("broken");
  }

  #wire() {
    const { audio } = this;
    audio.addEventListener("error", () => this.#again());
    audio.addEventListener("playing", () => {
      this.#failures = 0;
      clearTimeout(this.#patience);
    });
    audio.addEventListener("waiting", () => this.#wait());
    audio.addEventListener("play", () => (this.isBegun = true));
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) audio.addEventListener(name, () => this.moved());
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, () => this.tell("turned"));
  }

  /** A weak network gets the low rendition by itself, for this once. */
  #wait() {
    clearTimeout(this.#patience);
    if (this.habits.saves || !this.programme?.low?.length) return;
    this.#patience = setTimeout(() => {
      if (this.audio.paused || this.audio.readyState > HTMLMediaElement.HAVE_CURRENT_DATA) return;
      this.say(gettext("网络慢，换成了省流量的声音。"));
      this.habits.saveForOnce();
      this.changeSources();
    }, PATIENCE_MS);
  }

  moved() {
    this.tell("moved");
  }

  /**
   * A sentence beside the controls; nothing takes it away.
   * @param {string} sentence
   */
  say(sentence) {
    this.dispatchEvent(new CustomEvent("said", { detail: sentence }));
  }

  /** @param {string} name */
  tell(name) {
    this.dispatchEvent(new Event(name));
  }

  /** @param {Programme} programme */
  async #bringCompanions(programme) {
    for (const address of programme.companions ?? []) {
      const { listen } = await import(address);
      if (this.programme === programme) this.#companions.push(listen({ audio: this.audio, programme }) ?? {});
    }
  }

  #stopCompanions() {
    for (const companion of this.#companions.splice(0)) companion.stop?.();
  }
}
