// The bars of the feed while one listens: the one being spoken grows, those passed on the way to live are played.
import { PEAK_MS } from "./clip-bar.js";
import { toMs, toUnits } from "./wire.js";

const MOST_PEAKS = 4000;

export class LiveBars {
  /** The clip being spoken. @type {number | null} */
  speaking = null;

  /**
   * @param {import("./feed.js").Feed} feed
   * @param {import("./listen.js").Listener} listener
   */
  constructor(feed, listener) {
    this.feed = feed;
    this.listener = listener;
  }

  /**
   * A clip as the log has it.
   * @param {import("./clip-bar.js").Clip} clip
   * @param {number} t up to where the log goes
   */
  known(clip, t) {
    const bar = this.feed.clip(clip);
    if (bar.state === "live") bar.show("live", toMs(t - clip.starts_t));
  }

  /** @param {import("./wire.js").LessonEvent} event */
  begins({ clip = 0, t }) {
    this.speaking = clip;
    this.feed.clip({ n: clip, starts_t: t, ends_t: null });
  }

  /** @param {import("./wire.js").LessonEvent} event */
  ends({ clip = 0, t }) {
    if (this.speaking === clip) this.speaking = null;
    const starts = this.feed.clips.get(clip)?.clip.starts_t ?? t;
    this.feed.clip({ n: clip, starts_t: starts, ends_t: t });
  }

  /** The ear is a little further. */
  follow() {
    if (this.listener.isCatchingUp) this.#play();
    else this.#grow();
  }

  #grow() {
    const bar = this.speaking === null ? undefined : this.feed.clips.get(this.speaking);
    if (bar?.state !== "live" || !this.listener.ear.report.playing) return;
    const ms = toMs(this.listener.t - bar.clip.starts_t);
    while (bar.peaks.length < ms / PEAK_MS && bar.peaks.length < MOST_PEAKS) bar.hear(this.listener.ear.loudness);
    bar.show("live", ms);
  }

  #play() {
    const { t } = this.listener;
    for (const bar of this.feed.clips.values()) {
      const { starts_t: starts, ends_t: ends } = bar.clip;
      if (ends === null) continue;
      if (starts <= t && t < ends) bar.show("playing", toMs(t - starts));
      else if (bar.state === "playing" || (bar.state === "new" && ends <= t)) bar.show(ends <= t ? "done" : "new");
    }
  }

  /** Live again: whatever was played is heard. */
  settle() {
    for (const bar of this.feed.clips.values()) if (bar.state === "playing") bar.show("done");
  }

  /**
   * @param {number} from media clock
   * @param {number} ms
   * @returns {number} how many clips the hole has torn
   */
  tear(from, ms) {
    const torn = [...this.feed.clips.values()].filter(({ clip }) => clip.starts_t < from + toUnits(ms) && (clip.ends_t ?? Infinity) > from);
    for (const bar of torn) if (bar.clip.ends_t !== null) bar.show("lost");
    return torn.length;
  }
}
