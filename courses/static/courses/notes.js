// Notes, bookmarks and highlights beside a lesson: written at the moment that is heard, kept here until the school has them.
import { clock, find } from "../web/js/words.js";
import { Draft, Keeper } from "./notes/keeper.js";
import { Lines } from "./notes/lines.js";
import { List, isBookmark } from "./notes/list.js";
import { Sheet } from "./notes/sheet.js";
import { Writing } from "./notes/writing.js";

const SAME_MOMENT_MS = 2000;
const SAID_FOR_MS = 5000;
const WRITING = "input:not([type=range]), textarea, select, [contenteditable]";

/**
 * @typedef {object} Place where the panel stands
 * @property {ParentNode} root what it is in
 * @property {() => number | null} at the moment that is heard, in milliseconds; null where nothing sounds
 * @property {(ms: number) => void} seek
 */

/** @type {AbortController | undefined} */
let leaving;

/** @param {Place} place */
export function enter(place) {
  leave();
  const aside = place.root.querySelector("[data-notes]");
  if (!(aside instanceof HTMLElement)) return;
  leaving = new AbortController();
  const sheet = new Sheet(aside, find("[data-notes-body]", aside), leaving.signal);
  if (aside.dataset.person) new Notes(aside, sheet, place, leaving.signal);
  else asked(leaving.signal, { note: () => sheet.open(), bookmark: () => sheet.open() });
}

export function leave() {
  leaving?.abort();
  leaving = undefined;
}

/** By key, or by the player's buttons. @param {AbortSignal} signal @param {{note: () => void, bookmark: () => void}} verbs */
function asked(signal, { note, bookmark }) {
  document.addEventListener("qunke:note", note, { signal });
  document.addEventListener("qunke:bookmark", bookmark, { signal });
  const press = (/** @type {KeyboardEvent} */ event) => {
    const verb = { n: note, b: bookmark }[event.key.toLowerCase()];
    const isBusy = event.target instanceof Element && event.target.closest(WRITING);
    if (!verb || isBusy || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    event.preventDefault(); // before the player takes N for the next clip
    verb();
  };
  document.addEventListener("keydown", press, { signal, capture: true });
}

class Notes {
  /** As the school knows them. @type {import("./notes/keeper.js").Kept[]} */
  #known;
  /** Thrown away last. @type {import("./notes/keeper.js").Kept | null} */
  #gone = null;
  #saidTimer = 0;

  /** @param {HTMLElement} aside @param {Sheet} sheet @param {Place} place @param {AbortSignal} signal */
  constructor(aside, sheet, { at, seek }, signal) {
    const { person = "", lesson = "", url = "" } = aside.dataset;
    this.aside = aside;
    this.sheet = sheet;
    this.at = () => moment(at());
    this.seek = seek;
    this.signal = signal;
    this.lesson = Number(lesson);
    this.keeper = new Keeper(person);
    this.lines = new Lines((ms, quote) => this.#strike(ms, quote), signal);
    this.list = new List(sheet.body, { url, where: chapters(), said: (ms) => this.lines.at(ms)?.text ?? "" });
    this.writing = new Writing(sheet.body, new Draft(person, this.lesson), (said) => this.#written(said), signal);
    this.#known = JSON.parse(find("#notes-kept", sheet.body).textContent ?? "[]");
    this.#wire();
    this.#show();
    this.#refresh();
  }

  #wire() {
    const { signal, sheet, keeper } = this;
    asked(signal, { note: () => this.#begin(), bookmark: () => this.#bookmark() });
    sheet.body.addEventListener("click", (event) => this.#clicked(event), { signal });
    sheet.body.addEventListener("submit", (event) => this.#dropped(event), { signal });
    keeper.addEventListener("changed", () => this.#show(), { signal });
    for (const name of ["online", "pageshow"]) addEventListener(name, () => keeper.flush(), { signal });
    const ticking = setInterval(() => this.writing.tell(this.at()), 500);
    signal.addEventListener("abort", () => {
      clearInterval(ticking);
      keeper.rest();
    });
  }

  /** What was written on another device meanwhile, and here before. */
  async #refresh() {
    await this.keeper.again();
    const answer = await fetch(`/lessons/${this.lesson}/notes/`, { signal: this.signal }).catch(() => null);
    if (!answer?.ok) return;
    this.#known = (await answer.json()).notes;
    this.#show();
  }

  get notes() {
    return this.keeper.over(this.lesson, this.#known);
  }

  #show() {
    const notes = this.notes;
    this.list.show(notes);
    this.lines.mark(notes.filter((note) => !isBookmark(note)).map(({ ms }) => ms));
  }

  #begin() {
    this.sheet.open();
    const ms = this.at();
    this.writing.begin({ ms, quote: (ms !== null && this.lines.at(ms)?.text) || "" });
  }

  #bookmark() {
    const ms = this.at();
    const isThere = this.notes.some((note) => isBookmark(note) && isSame(note.ms, ms));
    if (isThere) return this.#say(gettext("这里已经有书签了。"));
    this.#create({ ms, quote: "", text: "" });
    this.#say(ms === null ? gettext("给这一节留了书签。") : interpolate(gettext("在 %s 留了书签。"), [clock(ms)]));
  }

  /** @param {number} ms @param {string} quote */
  #strike(ms, quote) {
    this.#create({ ms, quote, text: "" });
    getSelection()?.removeAllRanges();
    this.#say(gettext("划下了，在我的笔记里。"));
  }

  /** @param {{uid?: string, ms: number | null, quote: string, text: string}} said */
  #written({ uid, ms, quote, text }) {
    if (uid) this.#edit(uid, text);
    else this.#create({ ms, quote, text });
    this.sheet.close();
    this.#say(navigator.onLine ? gettext("记下了。") : gettext("记在这台设备上了，连上网就送出去。"));
  }

  /** @param {{ms: number | null, quote: string, text: string}} note */
  #create(note) {
    const made = { uid: crypto.randomUUID(), ...note };
    this.keeper.create(this.lesson, made);
    this.#learn([...this.#known, made]);
  }

  /** @param {string} uid @param {string} text */
  #edit(uid, text) {
    this.keeper.edit(this.lesson, uid, text);
    this.#learn(this.#known.map((note) => (note.uid === uid ? { ...note, text } : note)));
  }

  /** @param {import("./notes/keeper.js").Kept[]} notes */
  #learn(notes) {
    this.#known = notes;
    this.#show();
  }

  /** @param {Event} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    const moment = target?.closest("[data-moment]");
    const note = this.#noteOf(target);
    if (target?.closest("[data-close]")) this.sheet.close();
    else if (target?.closest("[data-open]")) this.#begin();
    else if (target?.closest("[data-undo]")) this.#bring();
    else if (note && target?.closest("[data-edit]")) this.writing.begin(note);
    else if (moment && note?.ms !== null && note) {
      event.preventDefault();
      this.sheet.close();
      this.seek(note.ms);
    }
  }

  /** @param {Element | null} target */
  #noteOf(target) {
    const uid = target?.closest("[data-note]")?.getAttribute("data-note");
    return this.notes.find((note) => note.uid === uid);
  }

  /** @param {SubmitEvent} event */
  #dropped(event) {
    const form = event.target instanceof Element && event.target.matches("[data-drop]") ? event.target : null;
    const note = this.#noteOf(form);
    if (!form) return;
    event.preventDefault();
    if (!note) return;
    this.keeper.remove(this.lesson, note.uid);
    this.#learn(this.#known.filter(({ uid }) => uid !== note.uid));
    this.#say(gettext("删掉了这一则。"));
    this.#gone = note;
    this.#offerBack(true);
  }

  #bring() {
    const note = this.#gone;
    if (!note) return;
    this.#create({ ms: note.ms, quote: note.quote, text: note.text });
    this.#say(gettext("放回来了。"));
  }

  /** @param {boolean} isOffered */
  #offerBack(isOffered) {
    const undo = find("[data-undo]", this.sheet.body);
    undo.hidden = !isOffered;
    if (isOffered) undo.focus({ preventScroll: true });
  }

  /** In the panel; over the page while the panel waits in its sheet. @param {string} sentence */
  #say(sentence) {
    this.#gone = null;
    this.#offerBack(false);
    const isAway = this.sheet.isSheet && !this.sheet.dialog.open;
    const place = isAway ? find("[data-said-over]", this.aside) : find("[data-said]", this.sheet.body);
    place.textContent = sentence;
    clearTimeout(this.#saidTimer);
    if (isAway) this.#saidTimer = setTimeout(() => (place.textContent = ""), SAID_FOR_MS);
  }
}

/** @param {number | null} ms */
function moment(ms) {
  return ms === null ? null : Math.max(0, Math.round(ms));
}

/** @param {number | null} one @param {number | null} other */
function isSame(one, other) {
  return one === other || (one !== null && other !== null && Math.abs(one - other) < SAME_MOMENT_MS);
}

/** The name of the chapter that is heard at a moment, where the lesson has chapters. @returns {(ms: number) => string} */
function chapters() {
  const programme = JSON.parse(document.querySelector("#programme")?.textContent ?? "null");
  /** @type {{title: string, ms: number}[]} */
  const known = programme?.chapters ?? [];
  return (ms) => known.findLast((chapter) => chapter.ms <= ms)?.title ?? "";
}
