// What the console shows beside the microphone: the outbox, the questions, the cohorts.
import { Outbox } from "./outbox.js";
import { clock, el } from "./words.js";

/** @typedef {{id: number, name: string, listeners: number, heard?: boolean}} CohortStat */

export class OutboxList {
  /** @type {Map<number, HTMLElement>} by the clip's number */
  #rows = new Map();
  /** What became of a clip since it was sent. @type {(n: number) => string} */
  word = () => "";
  /** @type {(n: number) => void} */
  onEdit = () => {};

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} summary
   * @param {HTMLElement} count
   */
  constructor(list, summary, count) {
    this.list = list;
    this.summary = summary;
    this.count = count;
  }

  /** @param {import("./clip-bar.js").Clip[]} clips spoken before this page was opened */
  earlier(clips) {
    for (const { n, starts_t, ends_t } of clips) {
      if (ends_t !== null) this.#row({ n, ms: (ends_t - starts_t) * 2.5, waiting: 0, kept: 0, open: false });
    }
  }

  /**
   * @param {Outbox} outbox
   * @param {{hearing: number, relayed: number}} reach of how many cohorts somebody hears
   * @param {boolean} online
   */
  show(outbox, { hearing, relayed }, online) {
    for (const clip of outbox.clips) {
      this.#row(clip);
      this.#update(clip, hearing, relayed, online);
    }
    const late = outbox.clips.filter((clip) => Outbox.state(clip) === "on_the_way" || (!online && clip.waiting)).length;
    const said = this.#rows.size;
    const stored = late
      ? interpolate(gettext("今天 %s 条，%s 条还在路上"), [said, late])
      : interpolate(gettext("今天 %s 条，都已存好"), [said]);
    this.#say(this.summary, said ? stored : gettext("还没有说话"));
    this.#say(this.count, said ? String(said) : "");
  }

  /** @param {import("./outbox.js").OutClip} clip */
  #row(clip) {
    if (this.#rows.has(clip.n)) return;
    const row = el("li", "", el("span", "no num", String(clip.n)), el("span", "m", el("i", "bar"), el("time", "num")), el("span", "st num"));
    row.append(this.#editButton(clip.n));
    this.#rows.set(clip.n, row);
    this.list.prepend(row);
    this.#update(clip, 0, 0, true);
  }

  /** @param {number} n */
  #editButton(n) {
    const button = el("button", "ln", el("span", "", gettext("改")));
    button.type = "button";
    button.setAttribute("aria-label", interpolate(gettext("改第 %s 条：撤回、重录、裁剪"), [n]));
    button.addEventListener("click", () => this.onEdit(n));
    return button;
  }

  /** Say again what became of every clip. */
  tell() {
    for (const [n, row] of this.#rows) {
      const word = this.word(n);
      row.classList.toggle("edited", Boolean(word));
      if (word) this.#say(/** @type {HTMLElement} */ (row.querySelector(".st")), word);
    }
  }

  /**
   * @param {import("./outbox.js").OutClip} clip
   * @param {number} hearing
   * @param {number} all
   * @param {boolean} online
   */
  #update(clip, hearing, all, online) {
    const row = /** @type {HTMLElement} */ (this.#rows.get(clip.n));
    const state = Outbox.state(clip);
    row.dataset.state = state;
    row.style.setProperty("--s", String(Math.ceil(clip.ms / 1000)));
    this.#say(/** @type {HTMLElement} */ (row.querySelector("time")), clock(clip.ms));
    const heard = interpolate(gettext("%s / %s 群在听"), [hearing, all]);
    const speaking = all ? `${gettext("正在说")} · ${heard}` : gettext("正在说");
    const words = {
      speaking: online ? speaking : gettext("正在说，先存在本机"),
      on_the_way: online ? gettext("还在路上") : gettext("等网络，存在本机"),
      arrived: gettext("已送到"),
      stored: gettext("已存好"),
    };
    this.#say(/** @type {HTMLElement} */ (row.querySelector(".st")), this.word(clip.n) || words[state]);
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  #say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}

export class Questions {
  /** @type {Map<number, import("./talk.js").Question>} */
  #all = new Map();
  answered = false;

  /**
   * @param {HTMLElement} panel
   * @param {(question: import("./talk.js").Question, state: "answering"|"answered") => void} onTurn
   */
  constructor(panel, onTurn) {
    this.list = /** @type {HTMLElement} */ (panel.querySelector("[data-list]"));
    this.tabs = [...panel.querySelectorAll("[data-answered]")];
    this.onTurn = onTurn;
    for (const tab of this.tabs) {
      tab.addEventListener("click", () => {
        this.answered = tab instanceof HTMLElement && tab.dataset.answered === "1";
        this.show();
      });
    }
  }

  /** @param {import("./talk.js").Question} question */
  put(question) {
    this.#all.set(question.id, question);
    this.show();
  }

  get waiting() {
    return [...this.#all.values()].filter(({ state }) => state !== "answered").length;
  }

  show() {
    const counts = { 0: this.waiting, 1: this.#all.size - this.waiting };
    for (const tab of this.tabs) {
      const mine = (/** @type {HTMLElement} */ (tab).dataset.answered === "1") === this.answered;
      tab.setAttribute("aria-pressed", String(mine));
      const count = tab.querySelector("[data-count]");
      if (count) count.textContent = String(counts[tab.getAttribute("data-answered") === "1" ? 1 : 0]);
    }
    const shown = [...this.#all.values()].filter(({ state }) => (state === "answered") === this.answered);
    shown.sort((a, b) => Number(b.state === "answering") - Number(a.state === "answering") || a.id - b.id);
    const empty = this.answered ? gettext("还没有答过的问题。") : gettext("还没有人提问。听的人点「提问」，就会排到这里。");
    this.list.replaceChildren(...(shown.length ? shown.map((question) => this.#item(question)) : [el("li", "none t15 i3", empty)]));
  }

  /** @param {import("./talk.js").Question} question */
  #item(question) {
    const { state, text, name, cohort } = question;
    const from = [name, cohort, state === "answering" ? gettext("正在答") : ""].filter(Boolean).join(" · ");
    const item = el("li", state === "answering" ? "qi on" : "qi", el("h3", "", text), el("p", "m", from));
    if (state === "answered") return item;
    const button = el("button", "ln", el("span", "", state === "answering" ? gettext("答完了") : gettext("现在答")));
    button.type = "button";
    button.addEventListener("click", () => this.onTurn(question, state === "answering" ? "answered" : "answering"));
    item.append(button);
    return item;
  }
}

export class Relays {
  /**
   * @param {HTMLElement} panel
   * @param {(ids: number[]) => Promise<void>} onChange
   */
  constructor(panel, onChange) {
    this.panel = panel;
    this.boxes = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("input[type=checkbox]")]);
    for (const box of this.boxes) {
      box.addEventListener("change", async () => {
        await onChange(this.chosen).catch(() => (box.checked = !box.checked));
        this.show([], 0);
      });
    }
    this.show([], 0);
  }

  get chosen() {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => Number(value));
  }

  /**
   * @param {CohortStat[]} cohorts the first few hundred
   * @param {number} hearing of all of them
   */
  show(cohorts, hearing) {
    for (const box of this.boxes) {
      const stat = cohorts.find(({ id }) => id === Number(box.value));
      const dot = box.closest("li")?.querySelector("[data-heard]");
      if (!(dot instanceof HTMLElement)) continue;
      dot.dataset.heard = !box.checked ? "off" : stat?.listeners ? "yes" : "no";
      dot.textContent = this.#word(box.checked, stat);
    }
    for (const figure of document.querySelectorAll("[data-hearing]")) figure.textContent = hearing.toLocaleString();
    if (!this.boxes.length) return; // too many to tick here: the page said how many they are
    for (const figure of document.querySelectorAll("[data-relayed]")) figure.textContent = this.chosen.length.toLocaleString();
  }

  /**
   * @param {boolean} on
   * @param {CohortStat | undefined} stat
   */
  #word(on, stat) {
    if (!on) return gettext("没有转播");
    if (!stat) return gettext("转播中");
    return stat.listeners ? interpolate(gettext("%s 人在听"), [stat.listeners.toLocaleString()]) : gettext("还没有人进来");
  }
}
