// One recorded lesson: its sound, and the transcript that follows it.
import { Player } from "../web/js/player.js";
import { find } from "../web/js/words.js";

const STILL_READING_MS = 4000;
const EARLY_MS = 50; // a line is marked as it begins, not after

class Transcript {
  #current = -1;
  #movedByHandAt = 0;

  /** @param {(ms: number) => void} onPick */
  constructor(onPick) {
    this.lines = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-lines] [data-at]")]);
    this.starts = this.lines.map((line) => Number(line.dataset.at));
    this.lines.forEach((line, index) => line.addEventListener("click", () => onPick(this.starts[index])));
    for (const name of ["wheel", "touchmove"])
      addEventListener(name, () => (this.#movedByHandAt = Date.now()), { passive: true });
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

const transcript = new Transcript((ms) => {
  player.seek(ms);
  player.play();
});
const player = new Player(find("[data-dock]"), {
  onMove: (ms) => transcript.follow(ms, !player.audio.paused),
  onBroken: () => (find("[data-said]").textContent = gettext("声音没有取到，请刷新页面再听。")),
});
player.start();
