// What of a sound is really heard: the element's own clock, from where it plays to where it stops, jumps or changes its pace.

/**
 * @typedef {object} Span see courses/hearing/report.py
 * @property {string} id
 * @property {number} from_ms
 * @property {number} to_ms
 * @property {number} began
 * @property {number} ended
 */

const KEEP_MS = 4000; // a page that is killed loses no more than this, and the time between two events
const JITTER_MS = 500; // what the element's clock may be off when it is looked at
const MOST_RATE = 1.1; // times its pace, likewise

export class Meter {
  /** @type {Span | null} */
  #open = null;
  #rate = 1;
  #keptAt = 0;

  /**
   * @param {HTMLMediaElement} audio
   * @param {import("./heard-clock.js").TicketClock} clock
   * @param {(span: Span) => void} keep a span as it is now; the same again when it has grown
   * @param {AbortSignal} signal
   */
  constructor(audio, clock, keep, signal) {
    this.audio = audio;
    this.clock = clock;
    this.keep = keep;
    const on = (/** @type {string} */ name, /** @type {() => void} */ act) => audio.addEventListener(name, act, { signal });
    for (const name of ["playing", "seeked"]) on(name, () => this.#begin());
    on("timeupdate", () => (this.#open ? this.follow() : this.#begin()));
    for (const name of ["pause", "ended", "waiting"]) on(name, () => this.end());
    for (const name of ["seeking", "emptied"]) on(name, () => this.#close());
    on("ratechange", () => this.#turn());
    this.#begin(); // it may be playing already
  }

  get ms() {
    return Math.round(this.audio.currentTime * 1000);
  }

  /** The sound has gone on; what cannot have been played since was a jump nobody told of. */
  follow() {
    if (!this.#open) return;
    if (this.audio.seeking || this.#hasJumped()) {
      this.#close();
      this.#begin();
      return;
    }
    this.#open.to_ms = Math.max(this.#open.to_ms, this.ms);
    this.#open.ended = this.clock.now;
    if (this.clock.now - this.#keptAt >= KEEP_MS) this.#keep();
  }

  end() {
    this.follow();
    this.#close();
  }

  /** Write down what there is. */
  pin() {
    this.follow();
    this.#keep();
  }

  /**
   * So much of a span has arrived; it goes on from there.
   * @param {Span} span
   */
  arrived(span) {
    if (this.#open?.id !== span.id || this.#open.began >= span.ended) return;
    [this.#open.from_ms, this.#open.began] = [span.to_ms, span.ended];
  }

  #begin() {
    const { audio } = this;
    if (this.#open || audio.paused || audio.ended || audio.seeking || audio.readyState < 3) return;
    this.clock.set();
    this.#rate = audio.playbackRate;
    this.#keptAt = this.clock.now;
    this.#open = { id: newId(), from_ms: this.ms, to_ms: this.ms, began: this.clock.now, ended: this.clock.now };
  }

  #turn() {
    this.end();
    this.#begin();
  }

  #hasJumped() {
    const { to_ms, ended } = /** @type {Span} */ (this.#open);
    const most = (this.clock.now - ended) * this.#rate * MOST_RATE + JITTER_MS;
    return this.ms < to_ms - JITTER_MS || this.ms - to_ms > most;
  }

  #close() {
    this.#keep();
    this.#open = null;
  }

  #keep() {
    this.#keptAt = this.clock.now;
    if (this.#open && this.#open.to_ms > this.#open.from_ms) this.keep({ ...this.#open });
  }
}

/** Only over HTTPS does every browser have `randomUUID`. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (word) => word.toString(36)).join("-");
}
