// The teacher's slides: the page being shown, the strip, and putting new ones in.
import { orSay, post } from "./http.js";
import { buttonTo, el, find } from "./words.js";

export class Deck {
  /** @type {import("./slides.js").Page[]} */
  pages = [];
  n = 0;

  /**
   * @param {HTMLElement} panel
   * @param {URL} base
   * @param {{onTurn: (n: number) => void, notice: (text: string, trouble?: boolean) => void}} hooks
   */
  constructor(panel, base, hooks) {
    this.panel = panel;
    this.base = base;
    this.hooks = hooks;
    this.input = /** @type {HTMLInputElement} */ (find("input[type=file]", panel));
    this.input.addEventListener("change", () => this.#upload());
    for (const button of panel.querySelectorAll("[data-turn]"))
      button.addEventListener("click", () => this.turn(Number(button.getAttribute("data-turn"))));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.show();
  }

  /** @param {import("./slides.js").Page[]} pages */
  setPages(pages) {
    const changed = JSON.stringify(pages.map(({ n }) => n)) !== JSON.stringify(this.pages.map(({ n }) => n));
    this.pages = pages;
    if (changed) this.show();
  }

  /** @param {number} n */
  at(n) {
    if (n === this.n) return;
    this.n = n;
    this.show();
  }

  /** @param {number} step */
  turn(step) {
    this.goTo(this.n ? this.n + step : 1);
  }

  /** @param {number} n */
  goTo(n) {
    if (n < 1 || n > this.pages.length || n === this.n) return;
    this.n = n;
    this.hooks.onTurn(n);
    this.show();
  }

  show() {
    const page = this.pages.find(({ n }) => n === this.n);
    this.panel.classList.toggle("empty", !this.pages.length);
    const big = /** @type {HTMLImageElement} */ (find("[data-big]", this.panel));
    big.hidden = !page;
    if (page) {
      big.src = page.url;
      big.alt = interpolate(gettext("课件第 %s 页"), [page.n]);
    }
    find("[data-where]", this.panel).textContent = this.#where();
    this.#strip();
  }

  #where() {
    if (!this.pages.length) return gettext("还没有课件");
    if (!this.n) return interpolate(gettext("共 %s 页，还没翻开"), [this.pages.length]);
    return interpolate(gettext("第 %s 页 / %s"), [this.n, this.pages.length]);
  }

  #strip() {
    const thumbs = this.pages.map((page) => {
      const picture = Object.assign(el("img"), { src: page.url, alt: "", loading: "lazy" });
      const button = buttonTo(() => this.goTo(page.n), page.n === this.n ? "on" : "", picture, el("span", "num", String(page.n)));
      button.setAttribute("aria-label", interpolate(gettext("翻到第 %s 页"), [page.n]));
      if (page.n === this.n) button.setAttribute("aria-current", "true");
      return el("li", "", button);
    });
    const strip = find("[data-strip]", this.panel);
    strip.replaceChildren(...thumbs);
    const here = thumbs[this.n - 1];
    if (here) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2 + here.clientWidth / 2;
  }

  async #upload() {
    this.panel.setAttribute("aria-busy", "true");
    try {
      const isDone = await this.#sendAll([...(this.input.files ?? [])]);
      if (isDone) this.hooks.notice(interpolate(gettext("课件已放好，共 %s 页。"), [this.pages.length]));
    } finally {
      this.panel.removeAttribute("aria-busy");
      this.input.value = "";
    }
  }

  /**
   * @param {File[]} files
   * @returns {Promise<boolean>} false: one was refused, and those after it were not sent
   */
  async #sendAll(files) {
    for (const [index, file] of files.entries()) {
      this.hooks.notice(interpolate(gettext("正在放入课件 %s / %s：%s"), [index + 1, files.length, file.name]));
      const form = new FormData();
      form.append("file", file);
      const answer = await orSay(post(new URL("slides/", this.base), form), this.hooks.notice);
      if (!answer) return false;
      this.setPages(answer.slides);
    }
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 }[event.key];
    const busy = event.target instanceof Element && event.target.closest("input, select, textarea, dialog[open], [role=tablist]");
    if (!step || busy) return;
    event.preventDefault();
    this.turn(step);
  }
}
