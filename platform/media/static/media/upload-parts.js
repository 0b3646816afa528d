// The reckoning of an upload: what is next, how far it is, how long it will take. No network and no page in here.

const LONGEST_WAIT_MS = 30_000;
const MEMORY_MS = 15_000;

/**
 * Where a part lies in its file: first byte and the one after the last.
 * @param {number} number from 1
 * @param {number} partSize
 * @param {number} size
 */
export function span(number, partSize, size) {
  const start = (number - 1) * partSize;
  return { start, end: Math.min(size, start + partSize) };
}

/**
 * How long to wait before the next try: 1, 2, 4 … 30 seconds.
 * @param {number} tries that have failed
 */
export const patience = (tries) => Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.max(0, tries - 1));

/** What is still to be sent of one file, what is on its way, and what has arrived. */
export class Parts {
  /** @type {Map<number, number>} bytes under way, by part */
  #going = new Map();

  /**
   * @param {number} size of the file
   * @param {number} partSize
   * @param {number[]} missing numbers, from 1
   */
  constructor(size, partSize, missing) {
    this.size = size;
    this.partSize = partSize;
    this.missing = new Set(missing);
  }

  /** The next one to send, or nothing. */
  next() {
    for (const number of this.missing) if (!this.#going.has(number)) return number;
    return undefined;
  }

  /** @param {number} number */
  length(number) {
    const { start, end } = span(number, this.partSize, this.size);
    return end - start;
  }

  /** @param {number} number */
  begin(number) {
    this.#going.set(number, 0);
  }

  /**
   * @param {number} number
   * @param {number} bytes of it that have left
   */
  move(number, bytes) {
    if (this.#going.has(number)) this.#going.set(number, Math.min(bytes, this.length(number)));
  }

  /** @param {number} number */
  arrive(number) {
    this.#going.delete(number);
    this.missing.delete(number);
  }

  /** @param {number} number */
  fail(number) {
    this.#going.delete(number);
  }

  get going() {
    return this.#going.size;
  }

  get isWhole() {
    return this.missing.size === 0;
  }

  /** Bytes that are there, those under way included. */
  get sent() {
    let left = 0;
    for (const number of this.missing) left += this.length(number) - (this.#going.get(number) ?? 0);
    return this.size - left;
  }
}

/** How fast it goes, over the last seconds. */
export class Pace {
  /** @type {{ at: number, sent: number }[]} */
  #seen = [];

  /**
   * @param {number} at milliseconds
   * @param {number} sent bytes of everything so far
   */
  note(at, sent) {
    if (this.#seen.length && sent < this.#seen[this.#seen.length - 1].sent) this.#seen = [];
    this.#seen.push({ at, sent });
    while (this.#seen.length > 2 && at - this.#seen[0].at > MEMORY_MS) this.#seen.shift();
  }

  forget() {
    this.#seen = [];
  }

  /**
   * Seconds until so many bytes have gone, too; nothing while nobody can know.
   * @param {number} left bytes
   */
  remaining(left) {
    const [first, last] = [this.#seen[0], this.#seen[this.#seen.length - 1]];
    if (!first || last.at - first.at < 1000 || last.sent <= first.sent) return undefined;
    return Math.ceil((left * (last.at - first.at)) / (last.sent - first.sent) / 1000);
  }
}

/**
 * 812 KB, 6.3 MB, 1.25 GB.
 * @param {number} bytes
 */
export function readable(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/**
 * Files in the order a person would put them; the server says their `place`.
 * @param {{ place: string, filename: string }} a
 * @param {{ place: string, filename: string }} b
 */
export function inOrder(a, b) {
  const [left, right] = [a.place + "\0" + a.filename, b.place + "\0" + b.filename];
  return left < right ? -1 : Number(left > right);
}
