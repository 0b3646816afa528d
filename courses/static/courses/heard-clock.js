// When something was heard, as the school counts: milliseconds since the ticket was issued. A device may think it is next year.

/**
 * @typedef {object} Ticket what can be read of one; see courses/hearing/ticket.py
 * @property {number} person
 * @property {number} lesson
 * @property {number} issued milliseconds since 1970, by the school's clock
 */

/** @typedef {{wall: () => number, steady: () => number}} Time `steady` never jumps, but may stand still while the device sleeps */

/** @type {Time} */
export const ours = { wall: () => Date.now(), steady: () => performance.now() };
const JUMPED_MS = 1000;

/**
 * @param {string} text
 * @returns {Ticket}
 */
export function readTicket(text) {
  const [person, lesson, issued] = text.split(":")[0].split(".").map(Number);
  return { person, lesson, issued };
}

export class TicketClock {
  #base = 0;
  #mark;

  /**
   * @param {number} issued
   * @param {() => number} ahead by how much this device is ahead of the school, as far as is known
   * @param {Time} [time]
   */
  constructor(issued, ahead, time = ours) {
    this.issued = issued;
    this.ahead = ahead;
    this.time = time;
    this.#mark = time.steady();
    this.set();
  }

  get now() {
    return Math.max(0, Math.round(this.#base + this.time.steady() - this.#mark));
  }

  /** Between two spans: what the device slept through has passed, too. Within a span only the steady clock counts. */
  set() {
    const told = this.time.wall() - this.ahead() - this.issued;
    if (Math.abs(told - this.now) <= JUMPED_MS) return;
    [this.#base, this.#mark] = [told, this.time.steady()];
  }
}
