// How somebody likes to listen: how fast, without the pauses, with little data. Kept here, and at the school for who signed in.
const KEY = "qunkeHabits";
/** @typedef {{speed: number, skips: boolean, saves: boolean}} Kept */

export class Habits {
  #isOnce = false;
  #isChanged = false;
  /** @type {string | undefined} */
  #url;

  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    /** @type {Kept} */
    this.kept = { speed: 1, skips: false, saves: wantsLittle(), ...read() };
  }

  get speed() {
    return this.kept.speed;
  }

  get skips() {
    return this.kept.skips;
  }

  get saves() {
    return this.kept.saves || this.#isOnce;
  }

  /**
   * What the school knows of this learner comes from another device, too; what was chosen since this page came is newer.
   * @param {import("./sound.js").Programme} programme
   */
  learn({ habits, habits_url: url }) {
    this.#isOnce = false;
    this.#url = url;
    if (habits && !this.#isChanged) Object.assign(this.kept, habits);
  }

  saveForOnce() {
    this.#isOnce = true;
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.sound.audio.defaultPlaybackRate = this.sound.audio.playbackRate = speed;
    this.#keep({ speed });
  }

  /** @param {boolean} skips */
  setSkips(skips) {
    this.#keep({ skips });
  }

  /** @param {boolean} saves */
  setSaves(saves) {
    this.#isOnce = false;
    this.#keep({ saves });
    this.sound.changeSources();
  }

  /** @param {Partial<Kept>} change */
  #keep(change) {
    this.#isChanged = true;
    Object.assign(this.kept, change);
    localStorage.setItem(KEY, JSON.stringify(this.kept));
    if (this.sound.programme?.habits) this.sound.programme.habits = { ...this.kept };
    this.#send();
    this.sound.tell("set");
  }

  #send() {
    if (!this.#url) return;
    const body = new URLSearchParams(Object.entries(this.kept).map(([name, value]) => [name, String(value)]));
    const { token = "" } = this.sound.programme ?? {};
    fetch(this.#url, { method: "POST", credentials: "same-origin", keepalive: true, headers: { "X-CSRFToken": token }, body }).catch(() => {});
  }
}

/** @returns {Partial<Kept>} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** The device itself says that data are dear. */
function wantsLittle() {
  const connection = /** @type {{saveData?: boolean, effectiveType?: string} | undefined} */ (Reflect.get(navigator, "connection"));
  return Boolean(connection?.saveData || /2g/.test(connection?.effectiveType ?? ""));
}
