// The slides of a lesson: the page that belongs to what is being said; turned by hand, the sound goes along.

export class Deck {
  #now = -1;

  /** @param {(ms: number) => void} onTurn */
  constructor(onTurn) {
    this.pages = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-deck] [data-at]")]);
    this.starts = this.pages.map((page) => Number(page.dataset.at));
    const turn = /** @type {HTMLElement | null} */ (document.querySelector("[data-turn]"));
    if (!turn || !this.pages.length) return;
    turn.hidden = false;
    this.number = turn.querySelector("[data-turn-now]");
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (turn.querySelectorAll("[data-turn-by]")))
      button.addEventListener("click", () => onTurn(this.starts[this.#within(this.#now + Number(button.dataset.turnBy))]));
    this.follow(0);
  }

  /** @param {number} page */
  #within(page) {
    return Math.max(0, Math.min(this.pages.length - 1, page));
  }

  /** @param {number} ms */
  follow(ms) {
    if (!this.pages.length) return;
    const now = Math.max(0, this.starts.findLastIndex((start) => start <= ms));
    if (now === this.#now) return;
    this.#now = now;
    this.pages.forEach((page, index) => (page.hidden = index !== now));
    const coming = this.pages[now + 1]?.querySelector("img");
    if (coming) coming.loading = "eager"; // so that the turn is not waited for
    if (this.number) this.number.textContent = String(now + 1);
  }
}
