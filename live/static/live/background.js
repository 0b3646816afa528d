// Hearing the lesson with the screen off: an <audio> and a playlist, where the browser plays those by itself.
import { Counted } from "../web/js/counted.js";
import { get, Refusal } from "./http.js";
import { find } from "./words.js";

const AGAIN_MS = 3000;
const MOST_FAILURES = 20;

/** @param {HTMLAudioElement} audio */
export const playsHls = (audio) => audio.canPlayType("application/vnd.apple.mpegurl") !== "";

export class Background {
  #failures = 0;
  isOn = false;

  /**
   * @param {HTMLElement} page names the playlist in `data-hls`
   * @param {() => void} onStart the sound of the page itself must stop
   * @param {(sentence: string) => void} onRefused
   */
  constructor(page, onStart, onRefused) {
    this.page = page;
    this.onStart = onStart;
    this.onRefused = onRefused;
    this.audio = new Audio();
    this.line = find("[data-background-on]", page);
    this.counted = new Counted(page, this.audio, (sentence) => this.#refused(sentence));
    if (!playsHls(this.audio)) return;
    for (const button of page.querySelectorAll("[data-background]")) {
      if (!(button instanceof HTMLElement)) continue;
      button.hidden = false;
      button.addEventListener("click", () => this.start());
    }
    find("[data-background-off]", page).addEventListener("click", () => this.stop());
    this.audio.addEventListener("error", () => this.#again());
    this.audio.addEventListener("playing", () => (this.#failures = 0));
    this.audio.addEventListener("ended", () => this.stop());
  }

  /** Inside a tap. */
  start() {
    this.isOn = true;
    this.#failures = 0;
    this.onStart();
    this.counted.begin();
    this.#play();
    this.#name();
    this.line.hidden = false;
  }

  stop() {
    if (!this.isOn) return;
    this.isOn = false;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.line.hidden = true;
  }

  #play() {
    this.audio.src = this.page.dataset.hls ?? "";
    this.audio.play().catch(() => {});
  }

  /** A playlist that stands still, or a phone without a network for a moment: the newest place is the right one. */
  #again() {
    if (!this.isOn) return;
    if (this.#failures++ >= MOST_FAILURES) return this.stop();
    this.#lookWhy();
    setTimeout(() => this.isOn && this.#play(), AGAIN_MS);
  }

  /** An <audio> does not say why it was refused: somebody who listens elsewhere, or whose right has ended, is told. */
  async #lookWhy() {
    const refusal = await get(this.page.dataset.hls ?? "").catch((error) => error);
    if (refusal instanceof Refusal && [403, 409].includes(refusal.status)) this.#refused(refusal.message);
  }

  /** @param {string} sentence */
  #refused(sentence) {
    if (!this.isOn) return;
    this.stop();
    this.onRefused(sentence);
  }

  /** What the lock screen says. */
  #name() {
    if (!("mediaSession" in navigator)) return;
    const title = this.page.querySelector("h1")?.textContent?.trim() ?? "";
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist: this.page.dataset.teacher ?? "" });
  }
}
