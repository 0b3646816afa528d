// The sleep timer: after so many minutes, or at the end of this clip or lesson, the sound fades and stops.
const FADE_S = 6;

export class Sleep {
  /** When it stops, in milliseconds since 1970; 0: not by the clock. */
  at = 0;
  /** Where it stops in the sound, in milliseconds; 0: nowhere. */
  atMs = 0;

  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    sound.audio.addEventListener("timeupdate", () => this.#look());
    sound.audio.addEventListener("ended", () => this.never());
    sound.audio.addEventListener("play", () => this.at && this.at <= Date.now() && this.never()); // it ran out while nothing was heard
    sound.audio.addEventListener("seeked", () => this.#skipped());
    sound.addEventListener("programme", () => this.atMs && this.never());
  }

  get isSet() {
    return Boolean(this.at || this.atMs);
  }

  /** Milliseconds until then, as the clock of the wall counts them. */
  get left() {
    if (this.at) return Math.max(0, this.at - Date.now());
    if (this.atMs) return Math.max(0, (this.atMs - this.sound.ms) / this.sound.audio.playbackRate);
    return 0;
  }

  /** @param {number} minutes */
  after(minutes) {
    [this.at, this.atMs] = [Date.now() + minutes * 60_000, 0];
    this.sound.tell("set");
  }

  /** At the end of the clip that is heard, else of the lesson. */
  atEnd() {
    const next = this.sound.chapters[this.sound.index + 1];
    [this.at, this.atMs] = [0, next ? next.ms : this.sound.totalMs - 300];
    this.sound.tell("set");
  }

  never() {
    if (!this.isSet) return;
    [this.at, this.atMs] = [0, 0];
    this.sound.audio.volume = 1;
    this.sound.tell("set");
  }

  /** Past the place where it was to stop: then at the end of what is heard now. */
  #skipped() {
    if (this.atMs && this.sound.ms >= this.atMs && this.sound.chapters[this.sound.index + 1]) this.atEnd();
  }

  #look() {
    const { audio } = this.sound;
    if (!this.isSet || audio.paused) return;
    const left = this.left / 1000;
    audio.volume = Math.min(1, Math.max(0.05, left / FADE_S)); // also up again: who set it anew, or stepped back, hears all
    if (left > 0) return;
    audio.pause();
    this.never();
    this.sound.say(gettext("到点了，声音停在这里。接着听，再按一次播放。"));
  }
}
