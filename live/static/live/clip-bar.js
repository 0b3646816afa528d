// One stretch of speech as a bar: its length is its duration, its fill is its state.
import { toMs } from "./wire.js";
import { clock, el, icon, spokenClock } from "./words.js";

/** @typedef {"new"|"done"|"playing"|"live"|"lost"} ClipState */
/** @typedef {{n: number, starts_t: number, ends_t: number | null, state?: ""|"retracted"|"replaced", updated?: boolean}} Clip */

/** How much sound one peak stands for. */
export const PEAK_MS = 250;
const BARS_PER_SECOND = 0.6;

export class ClipBar {
  /** @type {ClipState} */
  state = "new";
  /** @type {number[]} what was heard of it, 0–1 */
  peaks = [];

  /**
   * @param {Clip} clip
   * @param {{who: string, seal: string, onPick?: (clip: Clip) => void}} host
   */
  constructor(clip, host) {
    this.clip = clip;
    this.host = host;
    this.bar = el(host.onPick ? "button" : "div", "clip");
    this.mark = el("span", "mk");
    this.wave = el("span", "wave");
    this.time = el("span", "num");
    this.bar.append(this.mark, this.wave, this.time);
    this.wave.setAttribute("aria-hidden", "true");
    this.row = el("li", "say host", el("span", "seal host", host.seal), this.bar);
    this.row.firstElementChild?.setAttribute("aria-hidden", "true");
    this.name = el("span", "sr");
    if (host.onPick) {
      this.bar.addEventListener("click", () => host.onPick?.(this.clip));
      this.time.setAttribute("aria-hidden", "true");
      this.bar.append(this.name);
    } else this.bar.setAttribute("role", "img");
    this.show(clip.ends_t === null ? "live" : "new");
    this.edited();
  }

  /** @param {Partial<Clip>} facts */
  become(facts) {
    this.clip = { ...this.clip, ...facts };
    this.edited();
  }

  /** What the host did to it after it was sent. */
  edited() {
    const gone = { retracted: gettext("老师撤回了一条语音"), replaced: gettext("这一条，老师重录了"), none: "" }[this.clip.state || "none"];
    const word = gone || (this.clip.updated ? gettext("已更新") : "");
    this.row.classList.toggle("taken-back", Boolean(gone));
    if (!word) return this.row.querySelector(".edit")?.remove();
    const mark = this.row.querySelector(".edit") ?? this.row.appendChild(el("span", "edit t12"));
    mark.textContent = word;
  }

  get t() {
    return this.clip.starts_t;
  }

  get ms() {
    return toMs((this.clip.ends_t ?? this.clip.starts_t) - this.clip.starts_t);
  }

  /**
   * @param {ClipState} state
   * @param {number} [atMs] how far into it
   */
  show(state, atMs = 0) {
    const turned = state !== this.state || !this.bar.dataset.state;
    this.state = state;
    this.bar.dataset.state = state;
    this.bar.className = `clip ${state}`;
    this.bar.style.setProperty("--s", String(Math.round((state === "live" ? atMs : this.ms) / 1000)));
    this.time.textContent = this.#text(atMs);
    if (!turned) return;
    this.mark.replaceChildren(this.#mark());
    if (this.host.onPick) this.name.textContent = this.#label();
    else this.bar.setAttribute("aria-label", this.#label());
    this.#draw();
  }

  /** @param {number} level 0–1 */
  hear(level) {
    this.peaks.push(level);
    this.#draw();
  }

  /** @param {number} atMs */
  #text(atMs) {
    if (this.state === "live") return interpolate(gettext("正在说 %s"), [clock(atMs)]);
    if (this.state === "playing") return clock(atMs);
    return `${Math.max(1, Math.round(this.ms / 1000))}″`;
  }

  #mark() {
    if (this.state === "live") return el("span", "lamp on", el("i"));
    return icon(this.state === "playing" ? "pause" : "play");
  }

  #label() {
    const states = {
      new: gettext("未听"), done: gettext("已听"), playing: gettext("正在播放"), live: gettext("正在说"), lost: gettext("没有听全"),
    };
    const { n, ends_t: end } = this.clip;
    if (end === null) return interpolate(gettext("第 %s 条，%s，%s"), [n, this.host.who, states[this.state]]);
    return interpolate(gettext("第 %s 条，%s，%s，%s"), [n, this.host.who, spokenClock(this.ms), states[this.state]]);
  }

  #draw() {
    const seconds = (this.ms || this.peaks.length * PEAK_MS) / 1000;
    const room = this.state === "live" ? 2 : 6; // bars beside the words
    const count = Math.min(34, Math.round(room + seconds * BARS_PER_SECOND));
    this.wave.classList.toggle("flat", !this.peaks.length);
    if (!this.peaks.length) return this.wave.replaceChildren();
    const bars = Array.from({ length: count }, (_, index) => {
      const share = this.peaks.slice(...[index, index + 1].map((edge) => Math.floor((edge * this.peaks.length) / count)));
      const bar = el("i");
      bar.style.height = `${Math.round(12 + 88 * Math.max(0, ...share))}%`;
      return bar;
    });
    this.wave.replaceChildren(...bars);
  }
}
