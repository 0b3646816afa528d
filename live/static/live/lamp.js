// The lamp: solid when live and in step; hollow when behind or not yet, and then it says by how much.
import { clock, find, write } from "./words.js";

const IN_STEP_MS = 2500;

/** @typedef {"waiting"|"live"|"ended"} LessonState */

export class Lamp {
  /** @param {HTMLButtonElement} button */
  constructor(button) {
    this.button = button;
    this.light = find(".lamp", button);
    this.word = find("[data-word]", button);
    this.note = find("[data-note]", button);
  }

  /**
   * @param {{state: LessonState, listening: boolean, line: import("./line.js").LineState, behindMs: number, speaking: boolean, halted?: boolean}} now
   */
  show({ state, listening, line, behindMs, speaking, halted = false }) {
    if (state === "ended") return this.#set(false, gettext("已下课"), "");
    if (listening && line !== "open") return this.#set(false, gettext("重新连接中"), gettext("声音马上接着来"));
    if (halted) return this.#set(false, gettext("已暂停"), gettext("老师已暂停直播"));
    if (state === "waiting") return this.#set(false, gettext("还没开讲"), listening ? gettext("声音已准备好") : "");
    if (!listening) return this.#set(false, gettext("直播中"), gettext("你还没在听"));
    if (behindMs > IN_STEP_MS) {
      const word = interpolate(gettext("落后 %s"), [clock(behindMs)]);
      return this.#set(false, word, gettext("回到直播"), true);
    }
    this.#set(true, gettext("直播中"), speaking ? gettext("与老师同步") : gettext("老师歇一口气"));
  }

  /**
   * @param {boolean} lit
   * @param {string} word
   * @param {string} note
   * @param {boolean} [back]
   */
  #set(lit, word, note, back = false) {
    this.light.className = lit ? "lamp on" : "lamp off num";
    write(this.word, word);
    write(this.note, note);
    this.note.className = back ? "t12 cin b" : "t12 i3";
    this.button.disabled = !back;
  }
}
