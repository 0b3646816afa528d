// The list of lines: one row for each cue, its fields and its buttons.
import { problems, readTime, shortTime } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */
/**
 * @typedef {{
 *   edit: (index: number, facts: Partial<Cue>) => void,
 *   act: (index: number, verb: string, place: number) => void,
 * }} Hands
 */

const WRONG = {
  backwards: () => gettext("结束要在开始之后。"),
  early: () => gettext("这一句比上一句开始得早。"),
  silent: () => gettext("这一句还没有字。写上，或者删掉。"),
  untimely: () => gettext("时间写成 1:02.5 这样。"),
};
const KEYS = new Map([
  ["Alt ArrowUp", "up"],
  ["Alt ArrowDown", "down"],
  ["Alt Enter", "play"],
  ["Ctrl Enter", "split"],
  ["Alt BracketLeft", "start"],
  ["Alt BracketRight", "end"],
]);

export class Lines {
  #current = -1;
  focused = -1;

  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template
   * @param {Hands} hands
   */
  constructor(list, template, hands) {
    this.list = list;
    this.template = template;
    this.hands = hands;
    list.addEventListener("input", (event) => this.#typed(event));
    list.addEventListener("click", (event) => this.#pressed(event));
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", (event) => (this.focused = this.#indexOf(event.target)));
  }

  /**
   * @param {Cue[]} cues
   * @param {number} current
   */
  show(cues, current) {
    const spare = cues.length - this.list.children.length;
    for (let n = 0; n < spare; n++) this.list.append(this.template.content.cloneNode(true));
    for (let n = spare; n < 0; n++) this.list.lastElementChild?.remove();
    cues.forEach((cue, index) => this.fill(index, cue));
    this.mark(cues);
    this.#current = -1;
    for (const row of this.list.children) row.removeAttribute("aria-current");
    this.follow(current, false);
  }

  /**
   * One line as it is now.
   * @param {number} index
   * @param {Cue} cue
   */
  fill(index, cue) {
    this.#set(index, "start", shortTime(cue.start));
    this.#set(index, "end", shortTime(cue.end));
    this.#set(index, "speaker", cue.speaker);
    this.#set(index, "text", cue.text);
  }

  /**
   * @param {number} index
   * @param {string} name
   * @param {string} value
   */
  #set(index, name, value) {
    const field = this.#field(index, name);
    if (field.value !== value) field.value = value;
  }

  /**
   * @param {number} index
   * @param {string} name
   */
  #field(index, name) {
    return /** @type {HTMLInputElement} */ (this.list.children[index].querySelector(`[data-${name}]`));
  }

  /**
   * Say beside each line what is wrong with it.
   * @param {Cue[]} cues
   */
  mark(cues) {
    const wrong = problems(cues);
    cues.forEach((_, index) => this.#blame(index, wrong.get(index)));
  }

  /**
   * @param {number} index
   * @param {keyof typeof WRONG} [fault]
   */
  #blame(index, fault) {
    const place = /** @type {HTMLElement} */ (this.list.children[index].querySelector("[data-wrong]"));
    const said = fault ? WRONG[fault]() : "";
    if (place.textContent !== said) place.textContent = said;
    place.hidden = !fault;
  }

  /** The rows with a time that is none. */
  untimely() {
    const isTime = (/** @type {string} */ name) => (/** @type {number} */ index) => readTime(this.#field(index, name).value) !== null;
    return [...this.list.children].map((_, index) => index).filter((index) => !isTime("start")(index) || !isTime("end")(index));
  }

  /**
   * Mark the line that is being said, and bring it into view while it is played and nobody types.
   * @param {number} index
   * @param {boolean} isPlaying
   */
  follow(index, isPlaying) {
    if (index === this.#current) return;
    this.list.children[this.#current]?.removeAttribute("aria-current");
    this.list.children[index]?.setAttribute("aria-current", "true");
    this.#current = index;
    if (!isPlaying || this.list.contains(document.activeElement)) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.list.children[index]?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  }

  /**
   * @param {number} index
   * @param {string} [words] to be selected in it
   */
  focus(index, words = "") {
    if (!this.list.children[index]) return;
    const field = this.#field(index, "text");
    field.focus();
    const place = field.value.indexOf(words);
    if (words && place >= 0) field.setSelectionRange(place, place + words.length);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  /** @param {EventTarget | null} target */
  #indexOf(target) {
    const row = target instanceof Element ? target.closest("li") : null;
    return row ? [...this.list.children].indexOf(row) : -1;
  }

  /** @param {Event} event */
  #typed(event) {
    const field = event.target;
    const index = this.#indexOf(field);
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || index < 0) return;
    if ("text" in field.dataset) this.hands.edit(index, { text: field.value });
    else if ("speaker" in field.dataset) this.hands.edit(index, { speaker: field.value });
    else this.#timed(index, "start" in field.dataset ? "start" : "end", field.value);
  }

  /**
   * @param {number} index
   * @param {"start" | "end"} which
   * @param {string} text
   */
  #timed(index, which, text) {
    const ms = readTime(text);
    if (ms === null) this.#blame(index, "untimely");
    else this.hands.edit(index, { [which]: ms });
  }

  /** @param {Event} event */
  #pressed(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (button instanceof HTMLElement) this.#act(this.#indexOf(button), button.dataset.do ?? "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const command = event.ctrlKey || event.metaKey ? "Ctrl " : "";
    const verb = KEYS.get(`${command}${event.altKey ? "Alt " : ""}${event.code}`);
    if (!verb) return;
    event.preventDefault();
    this.#act(this.#indexOf(event.target), verb);
  }

  /**
   * @param {number} index
   * @param {string} verb
   */
  #act(index, verb) {
    if (index >= 0) this.hands.act(index, verb, this.#field(index, "text").selectionStart ?? 0);
  }
}
