// The clips spoken today, each with how far it has come.
import { Outbox } from "./outbox.js";
import { toMs } from "./wire.js";
import { buttonTo, clock, el, find, write } from "./words.js";

/** @typedef {import("./letter.js").OutClip} OutClip */

/**
 * @typedef {object} OutboxHooks
 * @property {(n: number) => string} becameOf in a word, what became of a clip since it was sent
 * @property {(n: number) => void} onEdit
 */

export class OutboxList {
  /** @type {Map<number, HTMLElement>} by the clip's number */
  #rows = new Map();

  /**
   * @param {HTMLElement} page
   * @param {OutboxHooks} hooks
   */
  constructor(page, hooks) {
    this.list = find("[data-outbox]", page);
    this.summary = find("[data-outbox-summary]", page);
    this.count = find("[data-outbox-count]", page);
    this.hooks = hooks;
  }

  /** @param {import("./clip-bar.js").Clip[]} clips spoken before this page was opened */
  earlier(clips) {
    for (const { n, starts_t, ends_t } of clips) {
      if (ends_t !== null) this.#row({ n, ms: toMs(ends_t - starts_t), waiting: 0, kept: 0, open: false });
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
    write(this.summary, said ? stored : gettext("还没有说话"));
    write(this.count, said ? String(said) : "");
  }

  /** @param {OutClip} clip */
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
    const button = buttonTo(() => this.hooks.onEdit(n), "ln", el("span", "", gettext("改")));
    button.setAttribute("aria-label", interpolate(gettext("改第 %s 条：撤回、重录、裁剪"), [n]));
    return button;
  }

  /** Say again what became of every clip. */
  tell() {
    for (const [n, row] of this.#rows) {
      const word = this.hooks.becameOf(n);
      row.classList.toggle("edited", Boolean(word));
      if (word) write(find(".st", row), word);
    }
  }

  /**
   * @param {OutClip} clip
   * @param {number} hearing
   * @param {number} all
   * @param {boolean} online
   */
  #update(clip, hearing, all, online) {
    const row = /** @type {HTMLElement} */ (this.#rows.get(clip.n));
    const state = Outbox.state(clip);
    row.dataset.state = state;
    row.style.setProperty("--s", String(Math.ceil(clip.ms / 1000)));
    write(find("time", row), clock(clip.ms));
    const heard = interpolate(gettext("%s / %s 群在听"), [hearing, all]);
    const speaking = all ? `${gettext("正在说")} · ${heard}` : gettext("正在说");
    const words = {
      speaking: online ? speaking : gettext("正在说，先存在本机"),
      on_the_way: online ? gettext("还在路上") : gettext("等网络，存在本机"),
      arrived: gettext("已送到"),
      stored: gettext("已存好"),
    };
    write(find(".st", row), this.hooks.becameOf(clip.n) || words[state]);
  }
}
