// The lines of what is said, marked as they are said; a line that is chosen is where the sound goes on.
const STILL_READING_MS = 4000;
const EARLY_MS = 50; // a line is marked as it begins, not after

export class Transcript {
  #current = -1;
  #movedByHandAt = 0;

  /**
   * @param {(ms: number) => void} onPick
   * @param {AbortSignal} signal the page goes
   */
  constructor(onPick, signal) {
    this.lines = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-lines] [data-at]")]);
    this.starts = this.lines.map((line) => Number(line.dataset.at));
    this.lines.forEach((line, index) => line.addEventListener("click", () => onPick(this.starts[index])));
    for (const name of ["wheel", "touchmove"])
      addEventListener(name, () => (this.#movedByHandAt = Date.now()), { passive: true, signal });
  }

  /**
   * Mark the line being said, and keep it in view unless the reader is looking elsewhere.
   * @param {number} ms
   * @param {boolean} isPlaying
   */
  follow(ms, isPlaying) {
    const now = this.starts.findLastIndex((start) => start <= ms + EARLY_MS);
    if (now === this.#current) return;
    this.lines[this.#current]?.removeAttribute("aria-current");
    this.lines[now]?.setAttribute("aria-current", "true");
    this.#current = now;
    if (!isPlaying || Date.now() - this.#movedByHandAt < STILL_READING_MS) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.lines[now]?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  }
}
