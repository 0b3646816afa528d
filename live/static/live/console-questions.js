// The questions of all cohorts, and which of them is being answered.
import { orSay, post } from "./http.js";
import { buttonTo, el, find, write } from "./words.js";

/** @typedef {import("./talk.js").Question} Question */

export class Questions {
  /** @type {Map<number, Question>} */
  #all = new Map();
  #showsAnswered = false;

  /**
   * @param {HTMLElement} page
   * @param {URL} base
   * @param {(text: string, trouble: boolean) => void} notice
   */
  constructor(page, base, notice) {
    const panel = find("[data-questions]", page);
    this.base = base;
    this.notice = notice;
    this.count = find("[data-questions-count]", page);
    this.list = find("[data-list]", panel);
    this.tabs = /** @type {NodeListOf<HTMLElement>} */ (panel.querySelectorAll("[data-answered]"));
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => {
        this.#showsAnswered = isAnsweredTab(tab);
        this.#show();
      });
    }
    this.#show();
  }

  /** @param {Question} question */
  put(question) {
    this.#all.set(question.id, question);
    this.#show();
  }

  #show() {
    const all = [...this.#all.values()];
    const answered = all.filter(({ state }) => state === "answered");
    const waiting = all.filter(({ state }) => state !== "answered");
    for (const tab of this.tabs) {
      tab.setAttribute("aria-pressed", String(isAnsweredTab(tab) === this.#showsAnswered));
      write(find("[data-count]", tab), String((isAnsweredTab(tab) ? answered : waiting).length));
    }
    write(this.count, waiting.length ? String(waiting.length) : "");
    const shown = this.#showsAnswered ? answered : waiting;
    shown.sort((a, b) => Number(b.state === "answering") - Number(a.state === "answering") || a.id - b.id);
    const empty = this.#showsAnswered ? gettext("还没有答过的问题。") : gettext("还没有人提问。听的人点「提问」，就会排到这里。");
    this.list.replaceChildren(...(shown.length ? shown.map((question) => this.#item(question)) : [el("li", "none t15 i3", empty)]));
  }

  /** @param {Question} question */
  #item(question) {
    const { state, text, name, cohort } = question;
    const isAnswering = state === "answering";
    const from = [name, cohort, isAnswering ? gettext("正在答") : ""].filter(Boolean).join(" · ");
    const item = el("li", isAnswering ? "qi on" : "qi", el("h3", "", text), el("p", "m", from));
    if (state === "answered") return item;
    const word = isAnswering ? gettext("答完了") : gettext("现在答");
    item.append(buttonTo(() => this.#turn(question, isAnswering ? "answered" : "answering"), "ln", el("span", "", word)));
    return item;
  }

  /**
   * @param {Question} question
   * @param {"answering"|"answered"} state
   */
  async #turn(question, state) {
    const turned = await orSay(post(new URL(`questions/${question.id}/`, this.base), { state }), this.notice);
    if (turned) this.put({ ...question, state });
  }
}

/** @param {HTMLElement} tab */
const isAnsweredTab = (tab) => tab.dataset.answered === "1";
