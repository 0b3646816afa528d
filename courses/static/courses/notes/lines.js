// The transcript beside the notes: lines that were noted are marked, and a line, or what is selected of some, becomes a quote.
const EARLY_MS = 50; // as the transcript counts
const MOST = 1000; // characters of a quote

export class Lines {
  /** @type {HTMLElement | null} */
  #under = null;

  /**
   * @param {(ms: number, quote: string) => void} onQuote
   * @param {AbortSignal} signal the page goes
   */
  constructor(onQuote, signal) {
    this.onQuote = onQuote;
    this.box = /** @type {HTMLElement | null} */ (document.querySelector("[data-lines]"));
    this.lines = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-lines] [data-at]")]);
    this.starts = this.lines.map((line) => Number(line.dataset.at));
    if (!this.box) return;
    this.button = this.#made();
    this.box.dataset.quotable = "";
    this.#wire(this.box, signal);
  }

  /** @returns {HTMLButtonElement} */
  #made() {
    for (const old of document.querySelectorAll("[data-strike]")) old.remove(); // of a page that comes back as it was left
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.strike = "";
    button.textContent = gettext("划线");
    button.addEventListener("pointerdown", (event) => event.preventDefault()); // or the selection is gone
    button.addEventListener("click", () => this.#quote());
    return button;
  }

  /** @param {HTMLElement} box @param {AbortSignal} signal */
  #wire(box, signal) {
    const said = new MutationObserver(() => this.#stand(box.querySelector("[data-at][aria-current]")));
    said.observe(box, { subtree: true, attributeFilter: ["aria-current"] });
    signal.addEventListener("abort", () => said.disconnect());
    for (const name of ["focusin", "pointerover"])
      box.addEventListener(name, ({ target }) => this.#stand(target instanceof Element ? target.closest("[data-at]") : null), { signal });
    document.addEventListener("selectionchange", () => this.#stand(this.#selected()[0] ?? null), { signal });
    this.#stand(box.querySelector("[data-at][aria-current]") ?? this.lines[0] ?? null);
  }

  /** Beside that line, unless it is just being used. @param {Element | null} line */
  #stand(line) {
    if (!(line instanceof HTMLElement) || !this.button || line === this.#under || document.activeElement === this.button) return;
    this.#under = line;
    this.button.setAttribute("aria-label", interpolate(gettext("划下这一句：%s"), [textOf(line).slice(0, 20)]));
    line.parentElement?.append(this.button);
  }

  /** The lines in which something is selected. */
  #selected() {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !this.box || !selection.rangeCount) return [];
    const range = selection.getRangeAt(0);
    return range.intersectsNode(this.box) ? this.lines.filter((line) => range.intersectsNode(line)) : [];
  }

  #quote() {
    const selected = this.#selected();
    const lines = selected.length ? selected : this.#under ? [this.#under] : [];
    if (!lines.length) return;
    const chosen = selected.length === 1 ? String(getSelection()).trim() : "";
    const whole = lines.map(textOf).join("\n");
    this.onQuote(Number(lines[0].dataset.at), (whole.includes(chosen) && chosen ? chosen : whole).slice(0, MOST));
  }

  /** What is being said then. @param {number} ms */
  at(ms) {
    const line = this.#lineAt(ms);
    return line ? { ms: Number(line.dataset.at), text: textOf(line) } : null;
  }

  /** @param {number} ms */
  #lineAt(ms) {
    return this.lines[this.starts.findLastIndex((start) => start <= ms + EARLY_MS)];
  }

  /** @param {(number | null)[]} moments at which there are notes */
  mark(moments) {
    const noted = new Set(moments.map((ms) => (ms === null ? undefined : this.#lineAt(ms))));
    for (const line of this.lines) {
      const item = line.parentElement;
      item?.toggleAttribute("data-noted", noted.has(line));
      item?.querySelector("[data-noted-words]")?.remove();
      if (item && noted.has(line)) item.append(words());
    }
  }
}

/** For who does not see the mark. */
function words() {
  const said = document.createElement("span");
  said.className = "sr";
  said.dataset.notedWords = "";
  said.textContent = gettext("这一句有笔记");
  return said;
}

/** @param {HTMLElement} line */
function textOf(line) {
  return (line.querySelector("span") ?? line).textContent?.trim() ?? "";
}
