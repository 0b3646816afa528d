/** Lesson events waiting for the moment at which the ear gets to them. */
export class DueEvents {
  /** @type {import("./wire.js").LessonEvent[]} */
  #waiting = [];

  /**
   * @param {import("./ear.js").Ear} ear
   * @param {(event: import("./wire.js").LessonEvent) => void} onDue
   */
  constructor(ear, onDue) {
    this.ear = ear;
    this.onDue = onDue;
  }

  /** @param {import("./wire.js").LessonEvent} event */
  add(event) {
    this.#waiting.push(event);
    this.tell();
  }

  /** Those the ear has reached; all of them while it hears nothing. */
  tell() {
    const { t, bufferMs } = this.ear.report;
    const heardUpTo = t === null || bufferMs === 0 ? Infinity : t;
    while (this.#waiting.length && this.#waiting[0].t <= heardUpTo) this.#tellFirst();
  }

  /** The ear leaves out the sound they belong to. */
  tellAll() {
    while (this.#waiting.length) this.#tellFirst();
  }

  #tellFirst() {
    this.onDue(/** @type {import("./wire.js").LessonEvent} */ (this.#waiting.shift()));
  }
}
