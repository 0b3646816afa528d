// What an earlier page, or a lesson that is over, left in the outbox: said plainly until it is dealt with.
import { oggOf } from "./ogg.js";
import { find, spokenClock, write } from "./words.js";

/**
 * @typedef {object} Left
 * @property {number} ms sound the school has not got
 * @property {boolean} ended the lesson is over: it will not get it any more
 * @property {boolean} busy another microphone is speaking
 */

export class Leftovers {
  /** What the earlier page left, ms; 0 when there is nothing to tell. */
  #since = 0;

  /**
   * @param {HTMLElement} strip
   * @param {import("./mouth.js").Mouth} mouth
   * @param {{name: string, notice: (text: string) => void}} page
   */
  constructor(strip, mouth, page) {
    this.strip = strip;
    this.mouth = mouth;
    this.page = page;
    this.words = find("[data-left-words]", strip);
    this.verbs = find("[data-left-verbs]", strip);
    find("[data-left-save]", strip).addEventListener("click", () => this.#download());
    find("[data-left-drop]", strip).addEventListener("click", () => this.mouth.discard());
  }

  /** @param {number} ms */
  found(ms) {
    this.#since = ms;
  }

  /** Without a tap; the line is given back as soon as all of it is there. */
  send() {
    const { outbox, line, isReady } = this.mouth;
    if (!outbox.waiting && isReady) line.close();
    else if (outbox.waiting && line.state === "closed") line.open();
  }

  /** Something is on its way that this page did not speak. */
  get isCatchingUp() {
    return this.#since > 0;
  }

  /** @param {Left} left */
  show({ ms, ended, busy }) {
    if (this.#since && !this.mouth.outbox.waiting) this.#done();
    const lost = ended && ms > 0;
    this.strip.hidden = !lost && !this.#since;
    this.strip.classList.toggle("trouble", lost || busy);
    this.verbs.hidden = !lost;
    if (!this.strip.hidden) this.#say(lost, busy, ms);
  }

  /**
   * @param {boolean} lost
   * @param {boolean} busy
   * @param {number} ms
   */
  #say(lost, busy, ms) {
    let text = interpolate(gettext("上次有 %s 还没存好，正在补传。"), [seconds(this.#since)]);
    if (busy) text = interpolate(gettext("上次有 %s 还没存好。另一支麦克风正在用，等它停下就补传。"), [seconds(this.#since)]);
    if (lost) text = interpolate(gettext("下课时还有 %s 没有送到，回放里没有这一段。"), [seconds(ms)]);
    write(this.words, text);
  }

  #done() {
    if (this.#since >= 1) this.page.notice(interpolate(gettext("上次没存好的 %s 补传好了。"), [seconds(this.#since)]));
    this.#since = 0;
  }

  #download() {
    const packets = this.mouth.outbox.letters.flatMap((letter) => letter.packets);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(oggOf(packets), { type: "audio/ogg" }));
    link.download = `${this.page.name}.ogg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }
}

/** @param {number} ms */
const seconds = (ms) => spokenClock(Math.max(1000, ms));
