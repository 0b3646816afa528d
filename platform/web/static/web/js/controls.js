// The controls of the sound on a page: play, ±15 s, from clip to clip, speed, sleep timer, the bar, keys. What else moves, the page adds.
import { clock, find, spokenClock } from "./words.js";
import { Wave } from "./wave.js";

/** The bar's own arrow keys would move it by a thousandth of a second. @type {Record<string, number>} */
const NUDGES_S = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
/** @type {Record<string, string>} */
const VERB_OF_KEY = { " ": "toggle", ArrowLeft: "back", ArrowRight: "ahead", p: "previous", n: "next" };

/** @typedef {import("./sound.js").Sound} Sound */
/** @typedef {import("./sound.js").Programme} Programme */

export class Controls {
  /** What is played when these are used. @type {Programme | null} */
  programme = null;
  /** What a button or a key may ask for. @type {Record<string, () => void>} */
  verbs = {
    toggle: () => this.sound.toggle(),
    back: () => this.sound.step(-1),
    ahead: () => this.sound.step(1),
    previous: () => this.sound.previous(),
    next: () => this.sound.next(),
  };
  #isDragged = false;
  #frame = 0;
  #leaving = new AbortController();

  /**
   * @param {HTMLElement} dock as web/_player.html has it
   * @param {Sound} sound
   * @param {{onMove?: (ms: number) => void, onBroken?: () => void}} [hooks]
   */
  constructor(dock, sound, { onMove = () => {}, onBroken = () => {} } = {}) {
    this.dock = dock;
    this.sound = sound;
    this.onMove = onMove;
    this.bar = /** @type {HTMLInputElement} */ (find("[data-seek]", dock));
    this.speed = /** @type {HTMLSelectElement} */ (find("[data-speed]", dock));
    this.button = find("[data-do='toggle']", dock);
    this.wave = new Wave(dock.querySelector("[data-wave]"));
    this.#wire(onBroken);
  }

  /** The page goes, the sound may stay. */
  leave() {
    this.#leaving.abort();
  }

  /**
   * What these controls are for. It is made ready unless something else is playing just now.
   * @param {Programme} programme
   */
  show(programme) {
    this.programme = programme;
    const { sound } = this;
    if (!this.isOn && (sound.audio.paused || !sound.programme)) sound.load(programme);
    this.bar.max = String(programme.ms || 1);
    this.wave.show(programme);
    this.#segments();
    this.#set();
    this.#turned();
    this.moved();
  }

  /** Whether it is this page's lesson that the app plays. */
  get isOn() {
    return this.sound.programme?.lesson === this.programme?.lesson;
  }

  /** Whoever uses these wants to hear this, and not what played elsewhere in the app. */
  own() {
    if (!this.isOn && this.programme) this.sound.load(this.programme);
  }

  get ms() {
    return this.isOn ? this.sound.ms : this.programme ? this.sound.place.of(this.programme) : 0;
  }

  get totalMs() {
    return (this.isOn && this.sound.totalMs) || this.programme?.ms || Number(this.bar.max);
  }

  /** @param {number} ms */
  seek(ms) {
    this.own();
    this.sound.seek(ms);
  }

  /** @param {number} ms */
  playFrom(ms) {
    this.own();
    this.sound.playFrom(ms);
  }

  /** @param {(() => void) | undefined} onBroken */
  #wire(onBroken) {
    const { signal } = this.#leaving;
    const { sound, dock } = this;
    const on = (/** @type {EventTarget} */ target, /** @type {string} */ name, /** @type {(event: any) => void} */ act) =>
      target.addEventListener(name, act, { signal });
    on(dock, "click", ({ target }) => this.#clicked(target));
    on(this.speed, "change", () => sound.habits.setSpeed(Number(this.speed.value)));
    on(sound, "moved", () => this.isOn && this.moved());
    on(sound, "turned", () => this.#turned());
    on(sound, "programme", () => this.#turned());
    on(sound, "set", () => this.#set());
    on(sound, "said", ({ detail }) => (find("[data-elsewhere]", dock).textContent = this.isOn ? detail : ""));
    on(sound, "broken", () => this.isOn && onBroken?.());
    on(sound.audio, "loadedmetadata", () => this.isOn && (this.bar.max = String(this.totalMs)));
    on(document, "keydown", (event) => this.#key(event));
    on(document, "click", ({ target }) => this.#closeMore(target));
    this.#wireBar(on);
    this.#wireChoices(on);
  }

  /** @param {(target: EventTarget, name: string, act: (event: any) => void) => void} on */
  #wireBar(on) {
    on(this.bar, "input", () => {
      this.#isDragged = true;
      this.seek(Number(this.bar.value));
    });
    on(this.bar, "change", () => (this.#isDragged = false));
    on(this.bar, "keydown", (event) => {
      const seconds = NUDGES_S[event.key];
      if (!seconds) return;
      event.preventDefault();
      this.seek(this.ms + seconds * 1000);
    });
  }

  /** The sleep timer and the switches, where the dock has them. @param {(target: EventTarget, name: string, act: (event: any) => void) => void} on */
  #wireChoices(on) {
    const { sound } = this;
    const sleep = this.dock.querySelector("[data-sleep]");
    if (sleep) on(sleep, "change", ({ target }) => this.#sleep(target.value));
    const skips = this.dock.querySelector("[data-skips]");
    if (skips) on(skips, "change", ({ target }) => sound.habits.setSkips(target.checked));
    const saves = this.dock.querySelector("[data-saves]");
    if (saves) on(saves, "change", ({ target }) => sound.habits.setSaves(target.checked));
  }

  /** @param {string} choice minutes, `end` or nothing */
  #sleep(choice) {
    const { sleep } = this.sound;
    if (!choice) sleep.never();
    else if (choice === "end") sleep.atEnd();
    else sleep.after(Number(choice));
  }

  /** @param {unknown} target */
  #clicked(target) {
    const button = target instanceof Element && target.closest("[data-do]");
    if (button instanceof HTMLElement) this.#do(button.dataset.do ?? "");
  }

  /** @param {string} name */
  #do(name) {
    const verb = this.verbs[name];
    if (!verb) return document.dispatchEvent(new CustomEvent(`qunke:${name}`)); // a note, a bookmark: not of the sound
    this.own();
    verb();
  }

  /**
   * Whoever looks elsewhere does not have to close it first.
   * @param {unknown} target
   */
  #closeMore(target) {
    const more = this.dock.querySelector("details[open]");
    if (more instanceof HTMLDetailsElement && !(target instanceof Node && more.contains(target))) more.open = false;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.#closeMore(null);
    const busy = event.target instanceof Element && event.target.closest("input, select, textarea, button, a, [tabindex='0']");
    const verb = VERB_OF_KEY[event.key];
    if (busy || !verb || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((verb === "previous" || verb === "next") && !this.programme?.chapters?.length) return;
    event.preventDefault();
    this.#do(verb);
  }

  #turned() {
    const isPlaying = this.isOn && !this.sound.audio.paused;
    this.dock.toggleAttribute("data-playing", isPlaying);
    this.button.setAttribute("aria-label", isPlaying ? gettext("暂停") : gettext("播放"));
    this.#tellOfOther();
    this.#follow();
  }

  /** What sounds is another lesson: this page has to have a way to stop it. */
  #tellOfOther() {
    const place = find("[data-elsewhere]", this.dock);
    const { programme, audio } = this.sound;
    const other = !this.isOn && !audio.paused ? programme?.title : "";
    if (!other) return place.querySelector("button")?.remove();
    const button = Object.assign(document.createElement("button"), { type: "button", className: "ln" });
    button.append(Object.assign(document.createElement("span"), { textContent: interpolate(gettext("正在放《%s》，停下"), [other]) }));
    button.addEventListener("click", () => audio.pause());
    place.replaceChildren(button);
  }

  /** Slides and words turn with the sound, and `timeupdate` comes only four times a second. */
  #follow() {
    if (this.#leaving.signal.aborted || !this.dock.hasAttribute("data-playing")) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.moved();
      this.#follow();
    });
  }

  #set() {
    const { habits, sleep } = this.sound;
    this.speed.value = String(habits.speed);
    this.#check("[data-skips]", habits.skips);
    this.#check("[data-saves]", habits.saves);
    const choice = this.dock.querySelector("[data-sleep]");
    if (choice instanceof HTMLSelectElement && !sleep.isSet) choice.value = "";
    this.#showSleep();
  }

  /**
   * @param {string} selector
   * @param {boolean} isOn
   */
  #check(selector, isOn) {
    const box = this.dock.querySelector(selector);
    if (box instanceof HTMLInputElement) box.checked = isOn;
  }

  #showSleep() {
    const { sleep } = this.sound;
    const left = this.dock.querySelector("[data-sleep-left]");
    if (left) left.textContent = sleep.isSet ? clock(sleep.left) : gettext("不定时");
  }

  moved() {
    const [ms, total] = [this.ms, this.totalMs];
    if (!this.#isDragged) this.bar.value = String(ms);
    this.dock.style.setProperty("--at", `${total ? Math.min(100, (100 * ms) / total) : 0}%`);
    this.bar.setAttribute("aria-valuetext", interpolate(gettext("%s，共 %s"), [spokenClock(ms), spokenClock(total)]));
    find("[data-now]", this.dock).textContent = clock(ms);
    find("[data-left]", this.dock).textContent = `−${clock(total - ms)}`;
    this.wave.at(total ? ms / total : 0);
    this.#showSleep();
    this.#showClip();
    this.onMove(ms);
  }

  #showClip() {
    const name = this.dock.querySelector("[data-clip-name]");
    const { chapter } = this.sound;
    if (!name || !this.isOn || !chapter) return;
    name.textContent = [interpolate(gettext("第 %s 条"), [chapter.n]), chapter.title].filter(Boolean).join(" · ");
  }

  #segments() {
    const { chapters = [], ms = 0 } = this.programme ?? {};
    const parts = chapters.map((chapter, at) => {
      const part = document.createElement("i");
      part.style.flex = String(Math.max(1, (chapters[at + 1]?.ms ?? ms) - chapter.ms));
      return part;
    });
    this.dock.querySelector("[data-segments]")?.replaceChildren(...parts);
    this.dock.toggleAttribute("data-has-clips", chapters.length > 1);
  }
}
