// The slide one looks at, and the slide the teacher is on. Turning back does not lose the way.
import { el, find } from "./words.js";

/** @typedef {{n: number, url: string}} Page */

const SWIPE_PX = 40;

export class Slides {
  /** @type {Page[]} */
  #pages = [];
  mine = 0;
  teachers = 0;
  following = true;

  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.figure = find("[data-slide]", stage);
    this.place = find("[data-place]", stage);
    this.where = find("[data-where]", stage);
    this.back = /** @type {HTMLButtonElement} */ (find("[data-turn='-1']", stage));
    this.next = /** @type {HTMLButtonElement} */ (find("[data-turn='1']", stage));
    this.follow = find("[data-follow-teacher]", stage);
    this.back.addEventListener("click", () => this.turn(-1));
    this.next.addEventListener("click", () => this.turn(1));
    this.follow.addEventListener("click", () => this.followTeacher());
    this.figure.addEventListener("keydown", (event) => this.#key(event));
    this.#swipe();
  }

  /** @param {Page[]} pages */
  setPages(pages) {
    this.#pages = pages;
    this.#show();
  }

  /** @param {number} n the page the teacher turned to; 0 = none yet */
  teacherAt(n) {
    if (n === this.teachers && this.mine) return;
    this.teachers = n;
    if (this.following) this.mine = n;
    this.#show();
  }

  followTeacher() {
    this.following = true;
    this.mine = this.teachers;
    this.#show();
    this.figure.focus({ preventScroll: true });
  }

  /** @param {number} step */
  turn(step) {
    const wanted = (this.mine || 1) + step;
    if (wanted < 1 || wanted > this.#pages.length) return;
    this.mine = wanted;
    this.following = wanted === this.teachers;
    this.#show();
  }

  #show() {
    const page = this.#pages.find(({ n }) => n === this.mine);
    this.stage.classList.toggle("no-slide", !page);
    this.place.hidden = !page;
    this.#picture(page);
    if (page) this.#say();
  }

  /** @param {Page | undefined} page */
  #picture(page) {
    const image = this.figure.querySelector("img");
    if (!page) return image?.remove();
    const picture = image ?? this.figure.appendChild(el("img"));
    if (picture.dataset.n === String(page.n) && picture.getAttribute("src") === page.url) return;
    picture.dataset.n = String(page.n);
    picture.src = page.url;
    picture.alt = interpolate(gettext("课件第 %s 页"), [page.n]);
    const coming = this.#pages.find(({ n }) => n === page.n + 1);
    if (coming) new Image().src = coming.url;
  }

  #say() {
    const total = this.#pages.length;
    this.back.disabled = this.mine <= 1;
    this.next.disabled = this.mine >= total;
    this.follow.hidden = this.mine === this.teachers || !this.teachers;
    this.where.textContent = this.follow.hidden
      ? interpolate(gettext("第 %s 页，共 %s 页"), [this.mine, total])
      : interpolate(gettext("你在第 %s 页，老师讲到第 %s 页"), [this.mine, this.teachers]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.turn(step);
  }

  #swipe() {
    let from = 0;
    this.figure.addEventListener("pointerdown", (event) => (from = event.clientX));
    this.figure.addEventListener("pointerup", (event) => {
      const moved = event.clientX - from;
      if (Math.abs(moved) > SWIPE_PX) this.turn(moved < 0 ? 1 : -1);
    });
  }
}
