// The cohorts that can be ticked, and in which of them somebody hears.
import { orSay, post } from "./http.js";
import { find } from "./words.js";

/** @typedef {{id: number, listeners: number}} CohortStat */

export class Relays {
  /**
   * @param {HTMLElement} page
   * @param {URL} base
   * @param {(text: string, trouble: boolean) => void} notice
   */
  constructor(page, base, notice) {
    this.page = page;
    this.base = base;
    this.notice = notice;
    const panel = find("[data-relay]", page);
    this.boxes = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("input[type=checkbox]")]);
    for (const box of this.boxes) box.addEventListener("change", () => this.#relay(box));
    this.show([], 0);
  }

  /** @param {HTMLInputElement} turned */
  async #relay(turned) {
    const done = await orSay(post(new URL("relay/", this.base), { cohorts: this.#chosen }), this.notice);
    if (!done) turned.checked = !turned.checked;
    this.show([], 0);
  }

  get #chosen() {
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
    for (const figure of this.page.querySelectorAll("[data-hearing]")) figure.textContent = hearing.toLocaleString();
    if (!this.boxes.length) return; // too many to tick here: the page said how many they are
    for (const figure of this.page.querySelectorAll("[data-relayed]")) figure.textContent = this.#chosen.length.toLocaleString();
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
