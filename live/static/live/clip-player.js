// The player of a replay: the lesson's clips under the bar, and from clip to clip back and forth.
import { Player } from "../web/js/player.js";
import { toMs, toUnits } from "./wire.js";
import { el, spokenClock } from "./words.js";

const RESTART_MS = 3000;
const INTO_CLIP_MS = 1; // at its very edge rounding may land in the clip before

/** @typedef {import("./clip-bar.js").Clip} Clip */

export class ClipPlayer extends Player {
  /** @type {Clip[]} */
  clips = [];

  /**
   * @param {HTMLElement} dock
   * @param {import("../web/js/player.js").PlayerHooks} hooks
   */
  constructor(dock, hooks) {
    super(dock, hooks);
    Object.assign(this.verbs, { previous: () => this.previous(), next: () => this.next() });
    this.audio.addEventListener("play", () => this.#follow());
  }

  /**
   * @param {{url: string, mime: string}[]} sources
   * @param {Clip[]} clips
   * @param {number} totalMs
   */
  load(sources, clips, totalMs) {
    this.clips = clips;
    this.knownMs = totalMs;
    this.bar.max = String(totalMs);
    this.audio.replaceChildren(...sources.map(({ url, mime }) => Object.assign(el("source"), { src: url, type: mime })));
    this.watchSources();
    this.audio.load();
    this.#segments();
    this.start();
  }

  /** @param {number} t media clock */
  playFrom(t) {
    if (!this.clips.length) return;
    this.seek(toMs(t) + INTO_CLIP_MS);
    this.play();
  }

  get clipIndex() {
    const t = toUnits(this.ms);
    return this.clips.findLastIndex((clip) => clip.starts_t <= t + 1);
  }

  previous() {
    const index = this.clipIndex;
    const here = this.clips[index];
    const again = here && this.ms - toMs(here.starts_t) > RESTART_MS;
    this.#goTo(this.clips[again ? index : Math.max(0, index - 1)]);
  }

  next() {
    this.#goTo(this.clips[this.clipIndex + 1]);
  }

  /** @param {Clip | undefined} clip */
  #goTo(clip) {
    if (clip) this.seek(toMs(clip.starts_t));
  }

  /** Slides and words turn with the sound, and `timeupdate` comes only four times a second. */
  #follow() {
    if (this.audio.paused) return;
    this.moved();
    requestAnimationFrame(() => this.#follow());
  }

  /** @param {number} ms */
  spoken(ms) {
    return spokenClock(ms);
  }

  #segments() {
    const parts = this.clips.map((clip) => {
      const part = el("i");
      part.style.flex = String(Math.max(1, (clip.ends_t ?? clip.starts_t) - clip.starts_t));
      return part;
    });
    this.dock.querySelector("[data-segments]")?.replaceChildren(...parts);
  }

  /** @returns {[MediaSessionAction, MediaSessionActionHandler][]} */
  lockScreenActions() {
    return [...super.lockScreenActions(), ["previoustrack", () => this.previous()], ["nexttrack", () => this.next()]];
  }
}
