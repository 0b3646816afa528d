// Telling the school what was heard. What is told twice is credited once, so whatever is in doubt is told again.

/** @typedef {import("./heard-shelf.js").Parcel} Parcel */

const MOST_SPANS = 100; // of one report: with a page that closes only 64 KiB leave
const FOR_GOOD = [400, 410, 413]; // these words will never be taken
const PAUSE_MS = 10_000;

export class Post {
  #isBusy = false;
  #isAsked = false;
  #isOut = false;
  #notBefore = 0;

  /**
   * @param {import("./heard-shelf.js").Shelf} shelf
   * @param {import("./heard-clock.js").Time} time
   * @param {(url: string, init: RequestInit) => Promise<Response>} [ask]
   */
  constructor(shelf, time, ask = (url, init) => fetch(url, init)) {
    this.shelf = shelf;
    this.time = time;
    this.ask = ask;
  }

  /**
   * Send all that is this person's.
   * @param {number} person
   * @param {object} how
   * @param {string} how.token
   * @param {boolean} [how.isLast] the page may be gone in a moment, so nothing is waited for
   * @param {boolean} [how.isBack] there is a network again
   * @param {(parcel: Parcel) => void} [how.onArrived]
   */
  async send(person, { token, isLast = false, isBack = false, onArrived = () => {} }) {
    if (isBack && this.#isOut) this.#notBefore = 0;
    if (isLast) return void (await Promise.all(this.#reports(person).map((each) => this.#report(each, token, onArrived))));
    this.#isAsked = true;
    if (this.#isBusy || this.time.steady() < this.#notBefore) return;
    this.#isBusy = true;
    try {
      while (this.#isAsked) {
        this.#isAsked = false; // and meanwhile it may be again
        for (const each of this.#reports(person)) if (!(await this.#report(each, token, onArrived))) return;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * Who is signed in, as the school knows it; nobody while it does not answer.
   * @param {string} report where it takes reports
   * @returns {Promise<{listener: number, token: string} | null>}
   */
  async who(report) {
    const answer = await this.ask(report, { credentials: "same-origin" }).catch(() => null);
    const told = answer?.ok ? await answer.json().catch(() => null) : null;
    return told?.listener ? told : null;
  }

  /** @param {number} person */
  #reports(person) {
    return together(this.shelf.of(person));
  }

  /**
   * @param {[string, Parcel][]} parcels of one ticket
   * @param {string} token
   * @param {(parcel: Parcel) => void} onArrived
   * @returns {Promise<boolean>} whether it is worth going on
   */
  async #report(parcels, token, onArrived) {
    const [, { ticket, report }] = parcels[0];
    const place = parcels.find(([, parcel]) => parcel.place)?.[1].place;
    const body = JSON.stringify({ ticket, spans: parcels.flatMap(([, { span }]) => span ?? []), place });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
    const answer = await this.ask(report, { method: "POST", credentials: "same-origin", keepalive: true, headers, body }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (!answer || !told || !(answer.ok || FOR_GOOD.includes(answer.status))) return this.#wait(answer);
    if (answer.ok) this.shelf.learn(told.now, this.time.wall());
    for (const [name, parcel] of parcels) {
      this.shelf.done(name, parcel);
      if (answer.ok) onArrived(parcel);
    }
    return true;
  }

  /** @param {Response | null | undefined} answer */
  #wait(answer) {
    this.#isOut = !answer;
    const seconds = Number(answer?.headers.get("Retry-After"));
    this.#notBefore = this.time.steady() + (seconds * 1000 || PAUSE_MS);
    return answer?.status === 403; // this one is somebody else's, the next may be ours
  }
}

/**
 * What goes in one report: the same ticket, and not too much.
 * @param {[string, Parcel][]} parcels
 * @returns {[string, Parcel][][]}
 */
function together(parcels) {
  const tickets = new Set(parcels.map(([, { ticket }]) => ticket));
  return [...tickets].flatMap((ticket) => {
    const all = parcels.filter(([, parcel]) => parcel.ticket === ticket);
    const starts = Array.from({ length: Math.ceil(all.length / MOST_SPANS) }, (_, n) => n * MOST_SPANS);
    return starts.map((start) => all.slice(start, start + MOST_SPANS));
  });
}
