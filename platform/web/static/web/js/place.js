// Where a lesson was left, on this device. The newer of here and of what the school knows from other devices counts.
const KEY = "qunkePlaces";
const MOST = 200;
const EVERY_MS = 2000;
const FROM_THE_END_MS = 5000;
/** @typedef {{ms: number, at: number}} Left */

export class Place {
  #keptAt = 0;

  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    const { audio } = sound;
    audio.addEventListener("timeupdate", () => Date.now() - this.#keptAt > EVERY_MS && !audio.paused && this.#keep());
    for (const name of ["pause", "seeked"]) audio.addEventListener(name, () => this.#keep());
    addEventListener("pagehide", () => this.#keep());
  }

  /**
   * In milliseconds; what was heard to the end begins anew.
   * @param {import("./sound.js").Programme} programme
   */
  of(programme) {
    const { resume_ms = 0, resume_at = 0, ms: total = 0 } = programme;
    const here = places()[keyOf(programme)];
    const ms = here && here.at > resume_at ? here.ms : resume_ms;
    return total && ms > total - FROM_THE_END_MS ? 0 : ms;
  }

  #keep() {
    const { programme, ms } = this.sound;
    if (!programme?.lesson || !this.sound.audio.played.length) return; // nothing was heard: the place stays what it was
    this.#keptAt = Date.now();
    const at = this.#keptAt - ahead();
    const all = { ...places(), [keyOf(programme)]: { ms: Math.round(ms), at } };
    const newest = Object.entries(all).sort(([, one], [, other]) => other.at - one.at);
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(newest.slice(0, MOST))));
  }
}

/** Milliseconds by which this device's clock is ahead of the school's, as courses/heard-shelf.js has found. */
const ahead = () => Number(localStorage.getItem("qunkeAhead")) || 0;

/** @param {import("./sound.js").Programme} programme */
const keyOf = ({ listener = 0, lesson }) => `${listener}/${lesson}`;

/** @returns {Record<string, Left>} */
function places() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}
