// Before the first sound: a countdown, one button, or the reason why not.
import { playsHls } from "./background.js";
import { clock, el, find, write } from "./words.js";

const DAY_MS = 86400000;
const WORTH_MS = 20000; // so much was said that one may want to hear it from the beginning

export class Doorstep {
  /**
   * @param {HTMLElement} section
   * @param {{onEnter: () => Promise<void>, onStartOver: () => Promise<void>}} hooks inside the tap
   */
  constructor(section, { onEnter, onStartOver }) {
    this.section = section;
    this.title = find("[data-title]", section);
    this.text = find("[data-text]", section);
    this.button = /** @type {HTMLButtonElement} */ (find("[data-enter]", section));
    this.word = find("[data-enter-word]", section);
    this.offers = find("[data-offers]", section);
    this.startsAt = section.dataset.starts ? Date.parse(section.dataset.starts) : NaN;
    this.over = /** @type {HTMLButtonElement} */ (find("[data-start-over]", section));
    this.#wire(this.button, onEnter);
    this.#wire(this.over, onStartOver);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {() => Promise<void>} verb
   */
  #wire(button, verb) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      await verb();
      button.disabled = false;
    });
  }

  /** @param {{state: import("./lamp.js").LessonState, listening: boolean, saidMs: number}} now */
  show({ state, listening, saidMs }) {
    if (this.section.dataset.refused) return;
    this.section.hidden = state === "ended" || (listening && state === "live");
    this.button.hidden = listening;
    this.over.hidden = listening || state !== "live" || saidMs < WORTH_MS;
    if (!this.over.hidden) return this.#say(interpolate(gettext("已讲 %s"), [clock(saidMs)]), gettext("从头听会放得快一点，追上以后自己接到直播。"), gettext("直接听直播"));
    if (state === "live") return this.#say(gettext("老师正在讲"), gettext("点一下，声音就来。"), gettext("开始听"));
    if (listening) return this.#say(this.#countdown(), gettext("声音已经准备好，开讲时会自己响起来。"), "");
    this.#say(this.#countdown(), gettext("现在点一下，开讲时声音会自己响起来。"), gettext("先把声音打开"));
  }

  /**
   * @param {string} sentence
   * @param {import("./http.js").Offer[]} [offers]
   * @param {string} [hls] the address of the other way to listen, when the room is full
   */
  refuse(sentence, offers = [], hls = "") {
    this.section.dataset.refused = "1";
    this.section.hidden = false;
    this.button.hidden = offers.length > 0;
    this.over.hidden = true;
    this.#say(sentence, "", gettext("再试一次"));
    this.offers.replaceChildren(...offers.map((offer, index) => this.#offer(offer, index)), ...(hls ? this.#otherWay(hls) : []));
    this.title.focus();
  }

  forgive() {
    delete this.section.dataset.refused;
    this.offers.replaceChildren();
  }

  /**
   * @param {import("./http.js").Offer} offer
   * @param {number} index
   */
  #offer(offer, index) {
    const link = el("a", index ? "btn line w" : "btn go w", offer.title);
    link.href = offer.url;
    return link;
  }

  /**
   * Without a socket: seconds later, and through the browser's own player.
   * @param {string} hls
   */
  #otherWay(hls) {
    const audio = el("audio", "w");
    if (!playsHls(audio))
      return [el("p", "t15 i2", gettext("这个浏览器放不了后台收听的线路。过一会儿再试，或换 Safari、手机自带的浏览器。"))];
    audio.controls = true;
    audio.src = hls;
    return [el("p", "t15 i2", gettext("也可以从这里听，比直播晚十几秒：")), audio];
  }

  #countdown() {
    const left = this.startsAt - Date.now();
    if (Number.isNaN(left)) return gettext("等老师开讲");
    if (left <= 0) return gettext("到点了，等老师开口");
    if (left > DAY_MS) return interpolate(gettext("还有 %s 天开讲"), [Math.floor(left / DAY_MS)]);
    return interpolate(gettext("还有 %s 开讲"), [clock(left)]);
  }

  /**
   * @param {string} title
   * @param {string} text
   * @param {string} word
   */
  #say(title, text, word) {
    write(this.title, title);
    write(this.text, text);
    if (word) write(this.word, word);
  }
}
