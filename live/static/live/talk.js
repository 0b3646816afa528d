// Words: they go up over HTTP, where they can be refused with a sentence, and come down over a socket.
import { orSay, post } from "./http.js";
import { Line } from "./line.js";

/**
 * @typedef {object} Question
 * @property {number} id
 * @property {string} name
 * @property {string} [cohort]
 * @property {string} text
 * @property {"waiting"|"answering"|"answered"} state
 * @property {number} t
 */

export class Talk {
  /**
   * @param {{base: URL, cohort: number | null}} room
   * @param {{onMessage: (message: import("./feed.js").Message) => void, onQuestion?: (question: Question) => void, onState?: (state: string) => void, onBack?: () => void}} hooks
   */
  constructor(room, hooks) {
    this.room = room;
    let opened = 0;
    this.line = new Line({
      ...room,
      part: "talk",
      onText: (message) => {
        if (message.type === "chat") hooks.onMessage(message);
        else if (message.type === "question") hooks.onQuestion?.(message);
        else if (message.type === "state") hooks.onState?.(message.state);
      },
      onState: (state) => {
        if (state === "open" && opened++) hooks.onBack?.();
      },
    });
  }

  /** @param {string} text */
  say(text) {
    return post(new URL("chat/", this.room.base), { text, cohort: this.room.cohort });
  }

  /** @param {string} text */
  ask(text) {
    return post(new URL("ask/", this.room.base), { text, cohort: this.room.cohort });
  }
}

/**
 * The line at the bottom of the room: one field, for the cohort or, with the question button pressed, for the teacher.
 * @param {HTMLFormElement} form
 * @param {Talk} talk
 * @param {(message: any) => void} onSaid
 * @param {(text: string, trouble?: boolean) => void} notice
 */
export function wireForm(form, talk, onSaid, notice) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("text"));
  const ask = /** @type {HTMLButtonElement} */ (form.querySelector("[data-ask]"));
  const send = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  const asking = () => ask.getAttribute("aria-pressed") === "true";
  const label = () => {
    field.placeholder = asking() ? gettext("想问老师什么") : gettext("说点什么");
    field.setAttribute("aria-label", field.placeholder);
    send.disabled = !field.value.trim();
  };
  ask.addEventListener("click", () => {
    ask.setAttribute("aria-pressed", String(!asking()));
    label();
    field.focus();
  });
  field.addEventListener("input", label);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    send.disabled = true;
    const isQuestion = asking();
    const said = await orSay(isQuestion ? talk.ask(text) : talk.say(text), notice);
    if (said) field.value = "";
    if (said && isQuestion) {
      ask.setAttribute("aria-pressed", "false");
      notice(gettext("问题已经送到老师那里，答到时会念出来。"));
    } else if (said) onSaid(said);
    label();
  });
  label();
}
