// The small player on every page but that of the lesson itself. A page that is loaded anew still has it, paused at its place.
import { clock, find } from "./words.js";

const KEY = "qunkeOn";

export class Mini {
  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    this.box = find("#mini");
    this.button = find("[data-mini-do='toggle']", this.box);
    this.box.addEventListener("click", ({ target }) => this.#clicked(target));
    for (const name of ["programme", "turned"]) sound.addEventListener(name, () => this.show());
    sound.addEventListener("moved", () => this.#moved());
    sound.addEventListener("said", (event) => this.#say(/** @type {CustomEvent<string>} */ (event).detail));
    sound.addEventListener("broken", () => this.#say(gettext("声音没有取到，请打开这一讲再听。")));
    addEventListener("pagehide", () => this.#remember());
    this.#recall();
  }

  /** Seen where something is on, and the page has no larger player for it. */
  show() {
    const { programme, audio } = this.sound;
    const isHere = Boolean(document.querySelector("[data-dock]"));
    this.box.hidden = !programme?.url || !this.sound.isBegun || isHere;
    document.documentElement.toggleAttribute("data-mini", !this.box.hidden);
    if (!programme) return;
    const link = /** @type {HTMLAnchorElement} */ (find("[data-mini-link]", this.box));
    link.href = programme.url ?? "/";
    find("[data-mini-title]", this.box).textContent = programme.title ?? "";
    this.box.toggleAttribute("data-playing", !audio.paused);
    this.button.setAttribute("aria-label", audio.paused ? gettext("播放") : gettext("暂停"));
    this.#moved();
  }

  #moved() {
    if (this.box.hidden) return;
    const { ms, totalMs, chapter, programme } = this.sound;
    const left = interpolate(gettext("剩 %s"), [clock(totalMs - ms)]);
    const where = [chapter?.title || programme?.album, totalMs ? left : ""].filter(Boolean).join(" · ");
    const line = find("[data-mini-where]", this.box);
    if (line.textContent !== where) line.textContent = where;
    this.box.style.setProperty("--at", `${totalMs ? (100 * ms) / totalMs : 0}%`);
  }

  /** @param {string} sentence */
  #say(sentence) {
    find("[data-mini-said]", this.box).textContent = sentence;
  }

  /** @param {EventTarget | null} target */
  #clicked(target) {
    const button = target instanceof Element && target.closest("[data-mini-do]");
    if (!(button instanceof HTMLElement)) return;
    if (button.dataset.miniDo === "toggle") this.sound.toggle();
    else this.sound.unload();
  }

  #remember() {
    const { programme } = this.sound;
    if (programme?.lesson && this.sound.isBegun) sessionStorage.setItem(KEY, JSON.stringify(programme));
    else sessionStorage.removeItem(KEY);
  }

  /** Several may use one browser: what one listened to does not go on for the next. @param {import("./sound.js").Programme} programme */
  #isMine({ listener = 0 }) {
    return listener === Number(this.sound.box.dataset.listener ?? 0);
  }

  #recall() {
    try {
      const programme = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
      if (!programme || document.querySelector("[data-dock]") || !this.#isMine(programme)) return;
      this.sound.load(programme);
      this.sound.isBegun = true;
      this.show();
    } catch {
      sessionStorage.removeItem(KEY);
    }
  }
}
