// Long pauses are jumped over where somebody wants that. The school knows where they are: [from, to] in milliseconds.
const SHORTEST_MS = 400; // what is left of a pause must be worth the jump

export class Silence {
  /** @type {[number, number][]} */
  #pauses = [];
  /** @type {string | undefined} */
  #of;

  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    sound.audio.addEventListener("timeupdate", () => this.#look());
    for (const name of ["programme", "set"]) sound.addEventListener(name, () => this.#fetch());
  }

  async #fetch() {
    const url = this.sound.programme?.silence;
    if (!this.sound.habits.skips || url === this.#of) return;
    this.#of = url;
    this.#pauses = [];
    if (!url) return;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (answer?.ok && url === this.#of) this.#pauses = await answer.json();
  }

  #look() {
    const { audio, habits, ms } = this.sound;
    if (!habits.skips || audio.paused || audio.seeking) return;
    const pause = this.#pauses.find(([from, to]) => from <= ms && ms < to - SHORTEST_MS);
    if (pause) audio.currentTime = pause[1] / 1000;
  }
}
