// The notes and bookmarks of one lesson, drawn in the order of its sound.
import { clock } from "../../web/js/words.js";

/** @typedef {import("./keeper.js").Kept & {state: string}} Shown */

export class List {
  /**
   * @param {HTMLElement} body
   * @param {{url: string, where: (ms: number) => string, said: (ms: number) => string}} lesson its address, the chapter and the line of a moment
   */
  constructor(body, lesson) {
    this.body = body;
    this.lesson = lesson;
  }

  /** @param {Shown[]} notes */
  show(notes) {
    const ordered = notes.toSorted((one, other) => (one.ms ?? Infinity) - (other.ms ?? Infinity));
    const marks = ordered.filter(isBookmark);
    const written = ordered.filter((note) => !isBookmark(note));
    this.#fill("[data-kept]", written.map((note) => this.#row(note)));
    this.#fill("[data-marks]", marks.map((note) => this.#mark(note)));
    this.#hide("[data-none]", written.length > 0);
    this.#hide("[data-marks-part]", marks.length === 0);
  }

  /** What holds the keyboard keeps it. @param {string} selector @param {HTMLElement[]} rows */
  #fill(selector, rows) {
    const list = this.body.querySelector(selector);
    const held = document.activeElement?.closest("[data-note]")?.getAttribute("data-note");
    list?.replaceChildren(...rows);
    const again = held && rows.find(({ dataset }) => dataset.note === held)?.querySelector("a");
    if (again) again.focus({ preventScroll: true });
  }

  /** @param {string} selector @param {boolean} isHidden */
  #hide(selector, isHidden) {
    const part = this.body.querySelector(selector);
    if (part instanceof HTMLElement) part.hidden = isHidden;
  }

  /** @param {Shown} note */
  #row(note) {
    const row = this.#made("[data-row]", note);
    const { ms, text, quote } = note;
    put(row, "[data-moment]", ms === null ? gettext("整节") : clock(ms));
    put(row, "[data-where]", ms === null ? "" : this.lesson.where(ms));
    put(row, "[data-text]", text);
    put(row, "[data-quote]", quote && `「${quote}」`);
    const edit = row.querySelector("[data-edit]");
    if (edit instanceof HTMLElement) edit.hidden = false;
    return row;
  }

  /** @param {Shown} note */
  #mark(note) {
    const row = this.#made("[data-mark]", note);
    const { ms } = note;
    put(row, "[data-clock]", ms === null ? "" : clock(ms));
    put(row, "[data-where]", (ms !== null && (this.lesson.where(ms) || this.lesson.said(ms))) || gettext("书签"));
    return row;
  }

  /** @param {string} template @param {Shown} note */
  #made(template, { uid, ms, state, text, quote }) {
    const made = /** @type {HTMLTemplateElement} */ (this.body.querySelector(template));
    const row = /** @type {HTMLElement} */ (made.content.firstElementChild?.cloneNode(true));
    row.dataset.note = uid;
    row.querySelector("[data-moment]")?.setAttribute("href", ms === null ? this.lesson.url : `${this.lesson.url}#t=${ms}`);
    put(row, "[data-state]", state === "waiting" ? gettext("还没送到，连上网就送") : state);
    const about = text || quote || gettext("书签");
    for (const [selector, sentence] of [["[data-edit]", gettext("改：%s")], ["[data-drop] button", gettext("删：%s")]])
      row.querySelector(selector)?.setAttribute("aria-label", interpolate(sentence, [about.slice(0, 20)]));
    return row;
  }
}

/** @param {{quote: string, text: string}} note */
export function isBookmark({ quote, text }) {
  return !quote && !text;
}

/** @param {ParentNode} row @param {string} selector @param {string} words */
function put(row, selector, words) {
  const place = row.querySelector(selector);
  if (!(place instanceof HTMLElement)) return;
  place.textContent = words;
  place.hidden = !words;
}
