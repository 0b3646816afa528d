// The clips of a lesson, as a list: the one that is heard is marked, and one that is chosen is where the sound goes on.
const WIDE = "(width >= 1100px)";

export class ClipList {
  #now = -1;

  /** @param {(ms: number) => void} onPick */
  constructor(onPick) {
    const box = document.querySelector("[data-clip-list]");
    this.rows = /** @type {HTMLElement[]} */ ([...(box?.querySelectorAll("[data-at]") ?? [])]);
    this.starts = this.rows.map((row) => Number(row.dataset.at));
    this.rows.forEach((row, index) => row.addEventListener("click", () => onPick(this.starts[index])));
    if (box instanceof HTMLDetailsElement) box.open = matchMedia(WIDE).matches; // on a phone the words come first
  }

  /** @param {number} ms */
  follow(ms) {
    const now = this.starts.findLastIndex((start) => start <= ms + 1);
    if (now === this.#now) return;
    this.#now = now;
    this.rows.forEach((row, index) => {
      row.toggleAttribute("data-past", index < now);
      if (index === now) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
  }
}
