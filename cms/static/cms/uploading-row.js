// One file of the office's page: its title, how far it is, and what can be done with it.
import { readable } from "../media/upload-parts.js";
import { find } from "../web/js/words.js";

/** @typedef {import("../media/upload.js").Sending} Sending */
/**
 * @typedef {{ queue: import("../media/upload.js").Queue, makes: string[], asset: string, onPick: () => void,
 *   onAgain: (sending: Sending) => void }} Around
 */

const template = () => /** @type {HTMLTemplateElement} */ (find("template[data-row]"));

export class Row {
  wasMoved = false;
  #toldKind = "";

  /**
   * @param {Sending} sending
   * @param {Around} around
   */
  constructor(sending, around) {
    this.sending = sending;
    this.around = around;
    this.element = blank();
    this.title = /** @type {HTMLInputElement} */ (find("[data-title]", this.element));
    this.pick = /** @type {HTMLInputElement} */ (find("[data-pick]", this.element));
    this.title.name = `title-${sending.uuid}`;
    this.title.value = sending.told.title;
    this.pick.value = sending.uuid;
    this.#listen();
  }

  get isChosen() {
    return this.sending.state === "done" && this.pick.checked && !this.pick.disabled;
  }

  /** As it is now. */
  show() {
    const { state, told, parts, sentence } = this.sending;
    if (state === "gone") return this.element.remove();
    const { asset } = told;
    const share = parts.size ? parts.sent / parts.size : 0;
    const isQueued = state === "sending" && !share && !this.sending.going;
    const kind = asset?.label ?? "";
    find("[data-name]", this.element).textContent = [told.filename, readable(told.size), kind].filter(Boolean).join(" · ");
    const bar = /** @type {HTMLProgressElement} */ (find("[data-bar]", this.element));
    bar.value = share;
    bar.hidden = !["sending", "paused"].includes(state);
    bar.setAttribute("aria-label", told.filename);
    find("[data-said]", this.element).textContent = sentence || (isQueued ? gettext("排在后面，很快就传。") : said(state, share, asset));
    this.element.classList.toggle("is-wrong", state === "refused" || (state === "away" && Boolean(sentence)));
    this.#acts(state, asset);
  }

  /**
   * @param {string} state
   * @param {import("../media/upload-wire.js").Told["asset"]} asset
   */
  #acts(state, asset) {
    const isSending = state === "sending";
    const isStuck = isSending && Boolean(this.sending.retryAt);
    this.#let("[data-pause]", isSending && !isStuck);
    this.#let("[data-proceed]", state === "paused" || isStuck);
    this.#let("[data-again]", state === "away");
    this.#let("[data-cancel]", ["sending", "paused", "away", "refused", "done"].includes(state));
    if (state === "done") find("[data-cancel]", this.element).textContent = gettext("从这里拿掉");
    this.#let("[data-open]", state === "done" && Boolean(asset));
    find(".up-pick", this.element).hidden = state !== "done";
    if (!asset || this.#toldKind) return;
    this.#toldKind = asset.kind;
    const makes = [asset.mime, asset.kind].some((what) => this.around.makes.includes(what));
    // what is other than its name says is not what whoever dropped it expected; what they ticked themselves stays ticked
    this.pick.checked = makes && (this.sending.told.is_ticked ?? !asset.is_other);
    this.pick.disabled = !makes;
    const open = /** @type {HTMLAnchorElement} */ (find("[data-open]", this.element));
    open.href = this.around.asset.replace("/0/", `/${asset.id}/`);
    open.target = "_blank";
  }

  /** @param {string} selector @param {boolean} isPossible */
  #let(selector, isPossible) {
    find(selector, this.element).hidden = !isPossible;
  }

  #listen() {
    /** @param {string} selector @param {() => void} act */
    const on = (selector, act) => find(selector, this.element).addEventListener("click", act);
    on("[data-pause]", () => this.sending.pause());
    on("[data-proceed]", () => this.sending.proceed());
    on("[data-cancel]", () => this.sending.cancel());
    on("[data-again]", () => this.around.onAgain(this.sending));
    on("[data-up]", () => this.#move(this.element.previousElementSibling, "before"));
    on("[data-down]", () => this.#move(this.element.nextElementSibling, "after"));
    this.pick.addEventListener("change", this.around.onPick);
    this.title.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // a title is not the whole form
    });
  }

  /**
   * @param {Element | null} other
   * @param {"before" | "after"} side
   */
  #move(other, side) {
    const held = document.activeElement;
    if (!other) return;
    other[side](this.element);
    this.wasMoved = true;
    if (held instanceof HTMLElement) held.focus();
    this.element.dispatchEvent(new CustomEvent("moved", { bubbles: true }));
  }

  /**
   * A file that did not even begin.
   * @param {string} filename
   * @param {string} sentence
   */
  static refused(filename, sentence) {
    const element = blank();
    element.classList.add("is-wrong");
    find("[data-name]", element).textContent = filename;
    find("[data-said]", element).textContent = sentence;
    for (const gone of element.querySelectorAll(".up-order, [data-title], [data-bar], .up-acts > *:not([data-cancel])")) gone.remove();
    const cancel = find("[data-cancel]", element);
    cancel.textContent = gettext("知道了");
    cancel.addEventListener("click", () => element.remove());
    return element;
  }
}

function blank() {
  return /** @type {HTMLElement} */ (find("li", /** @type {DocumentFragment} */ (template().content.cloneNode(true))));
}

/**
 * @param {string} state
 * @param {number} share
 * @param {import("../media/upload-wire.js").Told["asset"]} asset
 */
function said(state, share, asset) {
  if (state === "sending") return `${Math.floor(share * 100)}%`;
  if (state === "paused") return gettext("已暂停，传到 {n}%。").replace("{n}", String(Math.floor(share * 100)));
  if (state === "away") return gettext("还没有传完，传到 {n}%。选择同一个文件就接着传。").replace("{n}", String(Math.floor(share * 100)));
  if (state === "checking") return gettext("传完了，正在检查…");
  return asset ? processed(asset.forms) : "";
}

/** @param {{ name: string, state: string, error: string, progress: number }[]} forms */
function processed(forms) {
  const failed = forms.find(({ state }) => state === "failed");
  if (failed) return gettext("已收下，但处理没有成功：{why}").replace("{why}", failed.error);
  const open = forms.filter(({ state }) => state !== "ready");
  if (!open.length) return gettext("已收下，可以用了。");
  const share = forms.reduce((total, { state, progress }) => total + (state === "ready" ? 100 : progress), 0) / forms.length;
  return gettext("已收下，正在处理 {n}%。现在就可以建小节。").replace("{n}", String(Math.floor(share)));
}
