// Who may listen at so many places only: this one says that it plays, and stops when another has begun.
const EVERY_MS = 3000;

export class Counted {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} at with `data-beat` and `data-token` where this is counted
   * @param {HTMLMediaElement} audio
   * @param {(sentence: string) => void} onStopped
   */
  constructor(at, audio, onStopped) {
    this.at = at;
    this.audio = audio;
    this.onStopped = onStopped;
    audio.addEventListener("play", () => this.#watch());
    for (const name of ["pause", "ended"]) audio.addEventListener(name, () => clearInterval(this.#timer));
  }

  /** Somebody presses play here: it is another place that stops. */
  begin() {
    this.#ask("yes");
  }

  /** Whether another place has begun meanwhile; then the sound is off, and why has been said. */
  async isStopped() {
    const answer = await this.#ask("");
    if (answer?.status !== 409) return false;
    const { error } = await answer.json();
    this.audio.pause();
    clearInterval(this.#timer);
    this.onStopped(error);
    return true;
  }

  #watch() {
    clearInterval(this.#timer);
    if (!this.at.dataset.beat) return;
    this.#timer = setInterval(() => this.isStopped(), EVERY_MS);
  }

  /** @param {string} begins */
  async #ask(begins) {
    const { beat, token = "" } = this.at.dataset;
    if (!beat) return null;
    const body = new URLSearchParams({ begins });
    return fetch(beat, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token }, body }).catch(() => null);
  }
}
