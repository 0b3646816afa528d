// The lesson as it went by: voice clips and, beside them, small notes of what people said.
import { ClipBar } from "./clip-bar.js";
import { toMs } from "./wire.js";
import { buttonTo, clock, el } from "./words.js";

/** @typedef {{id: number, name: string, seal?: string, role: "host"|"member", text: string, t: number}} Message */
/** @typedef {{t: number, row: HTMLElement}} Entry */

export class Feed {
  /** @type {Map<number, ClipBar>} */
  clips = new Map();
  /** @type {Map<number, Entry>} */
  messages = new Map();
  /** @type {Map<number, HTMLElement>} */
  posts = new Map();
  /** @type {Entry[]} */
  #entries = [];

  /**
   * @param {HTMLElement} list
   * @param {{who: string, seal: string, onPick?: (t: number) => void}} options
   */
  constructor(list, options) {
    this.list = list;
    this.box = /** @type {HTMLElement} */ (list.parentElement);
    this.options = options;
  }

  /** @param {import("./clip-bar.js").Clip} clip */
  clip(clip) {
    const known = this.clips.get(clip.n);
    if (known) {
      known.clip = clip;
      known.edited();
      if (clip.ends_t !== null && known.state === "live") known.show("done");
      return known;
    }
    const { who, seal, onPick } = this.options;
    const bar = new ClipBar(clip, { who, seal, onPick: onPick && ((picked) => onPick(picked.starts_t)) });
    this.clips.set(clip.n, bar);
    this.#place({ t: clip.starts_t, row: bar.row });
    return bar;
  }

  /**
   * What the host did to a clip that was sent, at once and without asking.
   * @param {import("./wire.js").LessonEvent} event
   */
  edit({ kind, clip = 0, new: taken = 0 }) {
    const bar = this.clips.get(clip);
    if (kind === "retract") bar?.become({ state: "retracted" });
    else if (kind === "restore") bar?.become({ state: "" });
    else if (kind === "trim") bar?.become({ updated: true });
    else if (kind === "replace") {
      bar?.become({ state: "replaced" });
      this.clips.get(taken)?.become({ updated: true });
    }
  }

  clear() {
    this.clips.clear();
    this.messages.clear();
    this.posts.clear();
    this.#entries = [];
    this.list.replaceChildren();
  }

  /** @param {Message} message */
  message(message) {
    if (this.messages.has(message.id)) return;
    const { onPick } = this.options;
    const row = el("li", message.role === "host" ? "jz host" : "jz", el("b", "", message.name), message.text);
    if (onPick) row.prepend(this.#moment(message.t, onPick));
    const entry = { t: message.t, row };
    this.messages.set(message.id, entry);
    this.#place(entry);
  }

  /**
   * What the host wrote to every cohort; answers whether it is new here.
   * @param {import("./wire.js").LessonEvent} event
   */
  post(event) {
    if (event.id === undefined || this.posts.has(event.id)) return false;
    const { who, onPick } = this.options;
    const row = el("li", "jz host post", el("b", "", event.name ?? who), el("span", "", event.text ?? ""));
    if (onPick) row.prepend(this.#moment(event.t, onPick));
    this.posts.set(event.id, row);
    this.#place({ t: event.t, row });
    return true;
  }

  /**
   * @param {number} t
   * @param {(t: number) => void} onPick
   */
  #moment(t, onPick) {
    return buttonTo(() => onPick(t), "at num", clock(toMs(t)));
  }

  /**
   * A line across the feed: what is missing, and what can be done.
   * @param {number} t
   * @param {string} text
   * @param {{word: string, act: () => void}} [verb]
   */
  note(t, text, verb) {
    const row = el("li", "gap", el("p", "t13 grow", text));
    if (verb) row.append(buttonTo(verb.act, "ln", el("span", "", verb.word)));
    this.#place({ t, row });
  }

  /** @param {Entry} entry */
  #place(entry) {
    const follow = this.atEnd;
    let at = this.#entries.length;
    while (at && this.#entries[at - 1].t > entry.t) at--;
    const next = this.#entries[at]?.row ?? null;
    this.#entries.splice(at, 0, entry);
    this.list.insertBefore(entry.row, next);
    if (follow) this.toEnd();
  }

  get atEnd() {
    return this.box.scrollTop + this.box.clientHeight >= this.box.scrollHeight - 80;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  get isEmpty() {
    return this.#entries.length === 0;
  }

  /**
   * For the replay: mark what was already said, and keep the newest of it in sight.
   * @param {number} t
   * @param {boolean} follow
   */
  at(t, follow) {
    /** @type {HTMLElement | null} */
    let last = null;
    for (const { t: then, row } of this.#entries) {
      row.classList.toggle("later", then > t);
      if (then <= t && row.offsetParent) last = row;
    }
    if (follow && last) this.#keepInSight(last);
  }

  /** @param {HTMLElement} row */
  #keepInSight(row) {
    const middle = row.offsetTop - this.list.offsetTop - this.box.clientHeight / 2;
    if (Math.abs(this.box.scrollTop - middle) > 24) this.box.scrollTo({ top: middle, behavior: "auto" });
  }
}
