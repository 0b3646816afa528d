// What was heard and is not known to have arrived, on this device, whoever's it is. One entry each, so that two pages of the
// app cannot undo one another; where nothing can be stored, it lasts as long as the page.

/** @typedef {import("./heard-meter.js").Span} Span */

/**
 * @typedef {object} Parcel one span, or the last place, with what is needed to send it
 * @property {string} ticket
 * @property {string} report where to
 * @property {Span} [span]
 * @property {{ms: number, at: number}} [place]
 */

const SPAN = "qunkeHeard";
const PLACE = "qunkeHeardPlace";
const AHEAD = "qunkeAhead";
const VALID_MS = 31 * 24 * 3600 * 1000; // a day more than a ticket: the school says no, not we

export class Shelf {
  /** @type {Map<string, string>} */
  #memory = new Map();

  /** @param {Storage | null} [storage] */
  constructor(storage = theirs()) {
    this.storage = storage;
  }

  /**
   * @param {import("./heard-clock.js").Ticket} ticket
   * @param {Parcel} parcel
   */
  put(ticket, parcel) {
    const name = parcel.span ? `${SPAN}.${ticket.person}.${ticket.lesson}.${parcel.span.id}` : `${PLACE}.${ticket.person}.${ticket.lesson}`;
    this.write(name, JSON.stringify(parcel));
  }

  /**
   * All of one person's, by name.
   * @param {number} person
   * @returns {[string, Parcel][]}
   */
  of(person) {
    /** @type {[string, Parcel][]} */
    const found = [];
    for (const name of this.#names()) {
      const parcel = isOf(name, person) && this.#read(name);
      if (parcel) found.push([name, parcel]);
    }
    return found;
  }

  /** Something that waits, whoever's it is. */
  any() {
    return this.#names().map((name) => this.#read(name)).find(Boolean);
  }

  /**
   * It has arrived, or never will. What has grown since stays, without that.
   * @param {string} name
   * @param {Parcel} sent
   */
  done(name, sent) {
    const now = this.#read(name);
    if (!now || JSON.stringify(now) === JSON.stringify(sent)) return this.remove(name);
    if (!now.span || !sent.span) return;
    if (now.span.began >= sent.span.ended) return; // a later one arrived before it
    const span = { ...now.span, from_ms: sent.span.to_ms, began: sent.span.ended };
    this.write(name, JSON.stringify({ ...now, span }));
  }

  /**
   * Forget what no ticket is good for any more, and what nobody can read.
   * @param {number} now
   */
  tidy(now) {
    for (const name of this.#names()) {
      const issued = Number(this.#read(name)?.ticket.split(":")[0].split(".")[2]);
      if (!(now - issued < VALID_MS)) this.remove(name);
    }
  }

  /** By how many milliseconds this device is ahead of the school. */
  get ahead() {
    return Number(this.get(AHEAD)) || 0;
  }

  /**
   * The school's clock, as it has just been told.
   * @param {number} now
   * @param {number} wall ours
   */
  learn(now, wall) {
    this.write(AHEAD, String(wall - now));
  }

  /**
   * A ticket was issued before it was seen: that far ahead at most.
   * @param {number} issued
   * @param {number} wall ours
   */
  see(issued, wall) {
    if (this.get(AHEAD) === null || wall - issued < this.ahead) this.learn(issued, wall);
  }

  /** @returns {string[]} */
  #names() {
    const stored = this.storage ? Array.from({ length: this.storage.length }, (_, n) => this.storage?.key(n) ?? "") : [];
    return [...stored, ...this.#memory.keys()].filter((name) => name.startsWith(`${SPAN}.`) || name.startsWith(`${PLACE}.`));
  }

  /**
   * @param {string} name
   * @returns {Parcel | null}
   */
  #read(name) {
    try {
      const parcel = JSON.parse(this.get(name) ?? "");
      return typeof parcel.ticket === "string" && typeof parcel.report === "string" ? parcel : null;
    } catch {
      return null;
    }
  }

  /** @param {string} name */
  get(name) {
    return this.#memory.get(name) ?? this.storage?.getItem(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  write(name, text) {
    try {
      if (!this.storage) throw new Error("there is none");
      this.storage.setItem(name, text);
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, text); // full, or forbidden
    }
  }

  /** @param {string} name */
  remove(name) {
    this.#memory.delete(name);
    this.storage?.removeItem(name);
  }
}

/**
 * @param {string} name
 * @param {number} person
 */
const isOf = (name, person) => name.split(".")[1] === String(person);

/** A browser may forbid it even to be looked at. */
function theirs() {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
