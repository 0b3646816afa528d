// What somebody wrote and the school does not have yet. It stays in this browser until it has arrived, whatever happens to the page.

/**
 * @typedef {object} Kept one note, as the school knows it
 * @property {string} uid
 * @property {number | null} ms
 * @property {string} quote
 * @property {string} text
 */
/**
 * @typedef {object} Deed something to tell the school about one note
 * @property {string} id
 * @property {string} uid
 * @property {number} lesson
 * @property {"create" | "edit" | "delete"} does
 * @property {Partial<Kept>} [said]
 * @property {string} [refused] why the school will not have it
 */

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;
const METHODS = { create: "POST", edit: "PATCH", delete: "DELETE" };

export class Keeper extends EventTarget {
  /** @type {Promise<void> | null} */
  #running = null;
  #sendingId = "";
  #wait = FIRST_WAIT_MS;
  #timer = 0;
  /** Where nothing may be stored. @type {Deed[]} */
  #memory = [];

  /** @param {string} person whose they are: nobody else who signs in here sends them */
  constructor(person) {
    super();
    this.person = person;
    this.key = `qunkeNotes:${person}`;
  }

  /** All that has not arrived, in order. @returns {Deed[]} */
  get deeds() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]");
    } catch {
      return this.#memory;
    }
  }

  /** @param {Deed[]} deeds */
  #store(deeds) {
    this.#memory = deeds;
    try {
      if (deeds.length) localStorage.setItem(this.key, JSON.stringify(deeds));
      else localStorage.removeItem(this.key);
    } catch {
      // full or forbidden: it is kept as long as the page
    }
  }

  /** @param {number} lesson @param {Kept} note */
  create(lesson, { uid, ms, quote, text }) {
    this.#add({ id: crypto.randomUUID(), uid, lesson, does: "create", said: { ms, quote, text } });
  }

  /** @param {number} lesson @param {string} uid @param {string} text */
  edit(lesson, uid, text) {
    const deeds = this.deeds;
    const own = deeds.find((deed) => deed.uid === uid && deed.does !== "delete" && deed.id !== this.#sendingId);
    if (!own) return this.#add({ id: crypto.randomUUID(), uid, lesson, does: "edit", said: { text } });
    own.said = { ...own.said, text };
    delete own.refused;
    this.#store(deeds);
    this.flush();
  }

  /** It may have arrived although nobody said so: the school is told in any case. @param {number} lesson @param {string} uid */
  remove(lesson, uid) {
    this.#store(this.deeds.filter((deed) => deed.uid !== uid || deed.id === this.#sendingId));
    this.#add({ id: crypto.randomUUID(), uid, lesson, does: "delete" });
  }

  /** @param {Deed} deed */
  #add(deed) {
    this.#store([...this.deeds, deed]);
    this.flush();
  }

  /** The notes of a lesson as they will be once everything has arrived. @param {number} lesson @param {Kept[]} known @returns {(Kept & {state: string})[]} */
  over(lesson, known) {
    const notes = new Map(known.map((note) => [note.uid, { ...note, state: "" }]));
    for (const { uid, does, said, refused, ...deed } of this.deeds) {
      if (deed.lesson !== lesson) continue;
      if (does === "delete") notes.delete(uid);
      else {
        const before = notes.get(uid);
        const base = before ?? { uid, ms: null, quote: "", text: "" };
        if (does === "create" || before) notes.set(uid, { ...base, ...said, state: refused ?? "waiting" });
      }
    }
    return [...notes.values()];
  }

  /** Tell the school, one after the other, until all is told or it does not answer. */
  flush() {
    this.#running ??= this.#run().finally(() => (this.#running = null));
    return this.#running;
  }

  async #run() {
    clearTimeout(this.#timer);
    for (let deed = this.#next(); deed; deed = this.#next()) if (!(await this.#send(deed))) break;
    this.#sendingId = "";
    this.dispatchEvent(new Event("changed"));
    if (this.#next()) this.#timer = setTimeout(() => this.flush(), this.#wait);
  }

  /** On another page what was refused may be taken: a right or a place has come free. */
  again() {
    this.#store(this.deeds.map(({ refused: _, ...deed }) => deed));
    return this.flush();
  }

  /** Nothing is sent from here any more; what waits, waits for the next page. */
  rest() {
    clearTimeout(this.#timer);
  }

  #next() {
    return this.deeds.find((deed) => !deed.refused);
  }

  /** @param {Deed} deed @returns {Promise<boolean>} whether it is settled */
  async #send(deed) {
    this.#sendingId = deed.id;
    const answer = await this.#tell(deed);
    if (!answer || answer.status === 401 || answer.status === 429 || answer.status >= 500) return this.#later(answer);
    const isGone = answer.status === 404 && deed.does !== "create";
    if (answer.ok || isGone) this.#settle(deed.id);
    else if (!(await this.#refused(deed, answer))) return this.#later(answer);
    this.#wait = FIRST_WAIT_MS;
    return true;
  }

  /** @param {Deed} deed @returns {Promise<Response | null>} */
  async #tell({ uid, lesson, does, said }) {
    const address = does === "create" ? `/lessons/${lesson}/notes/` : `/notes/${uid}/`;
    const body = does === "delete" ? undefined : JSON.stringify({ uid, person: this.person, ...said });
    try {
      return await fetch(address, {
        method: METHODS[does],
        body,
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        keepalive: true,
      });
    } catch {
      return null;
    }
  }

  /** @param {Response | null} answer */
  #later(answer) {
    const asked = Number(answer?.headers.get("Retry-After")) * 1000;
    this.#wait = asked || Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    return false;
  }

  /** @param {string} id */
  #settle(id) {
    this.#store(this.deeds.filter((deed) => deed.id !== id));
  }

  /** The school says in words why not; anything else was not the school. @param {Deed} deed @param {Response} answer */
  async #refused(deed, answer) {
    const { error } = await answer.json().catch(() => ({}));
    if (!error && answer.status !== 404) return false;
    const refused = error ?? gettext("这一节不在了。");
    this.#store(this.deeds.map((one) => (one.id === deed.id ? { ...one, refused } : one)));
    return true;
  }
}

/** @typedef {{uid?: string, ms: number | null, quote: string, text: string, withQuote?: boolean}} Begun */

/** What somebody has begun to write beside one lesson: a new note, and other words for some that are there. */
export class Draft {
  /** @param {string} person @param {number} lesson */
  constructor(person, lesson) {
    this.key = `qunkeDraft:${person}:${lesson}`;
  }

  /** The one written last. @returns {Begun | null} */
  get kept() {
    return this.#all.at(-1) ?? null;
  }

  /** @param {string} [uid] of a note that is there; else of a new one @returns {Begun | undefined} */
  of(uid) {
    return this.#all.find((draft) => draft.uid === uid);
  }

  /** @param {Begun} draft */
  keep(draft) {
    this.#store([...this.#but(draft.uid), draft]);
  }

  /** @param {string} [uid] */
  drop(uid) {
    this.#store(this.#but(uid));
  }

  /** @param {string} [uid] */
  #but(uid) {
    return this.#all.filter((draft) => draft.uid !== uid);
  }

  /** @returns {Begun[]} */
  get #all() {
    try {
      return [JSON.parse(localStorage.getItem(this.key) ?? "[]")].flat(); // one by itself, as it was kept before
    } catch {
      return [];
    }
  }

  /** @param {Begun[]} drafts */
  #store(drafts) {
    try {
      if (drafts.length) localStorage.setItem(this.key, JSON.stringify(drafts));
      else localStorage.removeItem(this.key);
    } catch {
      // then they are lost with the page
    }
  }
}

function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return cookie?.slice("csrftoken=".length) ?? (field instanceof HTMLInputElement ? field.value : "");
}
