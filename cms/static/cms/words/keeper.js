// What was typed and not saved, kept in this browser: a closed lid or a crash loses nothing.

export class Keeper {
  /**
   * @param {string} name
   * @param {string} shown the text on the page
   */
  constructor(name, shown) {
    this.name = name;
    const kept = this.#read();
    /** What was left here and is not what the page shows. */
    this.found = kept && kept.text !== shown ? kept : null;
  }

  /** @param {string} text */
  keep(text) {
    try {
      localStorage.setItem(this.name, JSON.stringify({ text }));
    } catch {
      // a full or closed store: then only this page has it
    }
  }

  forget() {
    this.found = null;
    localStorage.removeItem(this.name);
  }

  /** @returns {{text: string} | null} */
  #read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) ?? "null");
      return typeof kept?.text === "string" ? kept : null;
    } catch {
      return null;
    }
  }
}
