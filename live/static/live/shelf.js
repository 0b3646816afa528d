// What was said, kept on this computer until the school has it: it outlives a reload, a closed tab and a crash.

const NAME = "qunke-outbox";
const PATIENCE_MS = 3000;

/** @typedef {import("./journal.js").News} News */
/** @typedef {{lesson: string, id: number, clip: number, ms: number, flags: number, epoch: number, seq: number, since: number, packets: Uint8Array[]}} KeptLetter */
/** @typedef {{lesson: string, n: number}} KeptPress a press that has not ended */

export class Shelf {
  /** @type {IDBDatabase | null} */
  #database = null;
  /** The last write, and so all before it: the browser does them in order. @type {Promise<void>} */
  #written = Promise.resolve();

  /**
   * @param {string} lesson whose
   * @param {() => void} onTrouble this computer keeps nothing: no room, or a private window
   */
  constructor(lesson, onTrouble) {
    this.lesson = lesson;
    this.onTrouble = onTrouble;
  }

  /** @returns {Promise<{letters: KeptLetter[], presses: KeptPress[]}>} what an earlier page left behind, in order */
  async open() {
    try {
      this.#database = await database();
      this.#database.onversionchange = () => this.#database?.close();
      const mine = IDBKeyRange.bound([this.lesson], [this.lesson, []]);
      const reading = this.#database.transaction(["letters", "presses"]);
      const [letters, presses] = await Promise.all(
        ["letters", "presses"].map((name) => answer(reading.objectStore(name).getAll(mine))),
      );
      return { letters, presses };
    } catch (error) {
      this.#giveUp(error);
      return { letters: [], presses: [] };
    }
  }

  /**
   * Write down what changed. It does not wait for the write before it: what the browser was given outlives the page, what waits here
   * would not.
   * @param {News} news
   * @returns {Promise<void>} done when this, and all before it, would survive a crash of the page
   */
  keep(news) {
    if (this.#database && Object.values(news).some(({ length }) => length)) this.#written = this.#write(this.#database, news);
    return this.#written;
  }

  /**
   * @param {IDBDatabase} database
   * @param {News} news
   */
  async #write(database, news) {
    try {
      await this.#store(database, news);
    } catch (error) {
      if (this.#database) this.#giveUp(error);
    }
  }

  /**
   * @param {IDBDatabase} database
   * @param {News} news
   */
  #store(database, { touched, gone, turned }) {
    const writing = database.transaction(["letters", "presses"], "readwrite", { durability: "relaxed" });
    const [letters, presses] = ["letters", "presses"].map((name) => writing.objectStore(name));
    for (const letter of touched) letters.put(this.#record(letter));
    for (const id of gone) letters.delete([this.lesson, id]);
    for (const { n, open } of turned) {
      if (open) presses.put({ lesson: this.lesson, n });
      else presses.delete([this.lesson, n]);
    }
    writing.commit(); // a page that dies before it hears the answers has written all the same
    return new Promise((resolve, reject) => {
      writing.oncomplete = () => resolve(undefined);
      writing.onabort = writing.onerror = () => reject(writing.error);
    });
  }

  /** @param {import("./letter.js").Letter} letter @returns {KeptLetter} */
  #record({ there: _, clip, ...letter }) {
    return { ...letter, lesson: this.lesson, clip: clip.n };
  }

  /** @param {unknown} error */
  #giveUp(error) {
    console.warn("nothing is kept on this computer:", error);
    this.#database?.close();
    this.#database = null;
    this.onTrouble();
  }
}

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1);
    setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("letters", { keyPath: ["lesson", "id"] });
      opening.result.createObjectStore("presses", { keyPath: ["lesson", "n"] });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
