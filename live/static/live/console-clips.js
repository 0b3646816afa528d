// What the host can still do to a clip that was sent: take it back, cut it, speak it again.
import { orSay, post } from "./http.js";
import { readLog } from "./log.js";
import { wait } from "./pauses.js";
import { toMs, toUnits } from "./wire.js";
import { clock, el, find, say } from "./words.js";

/**
 * @typedef {object} SentClip
 * @property {number} n
 * @property {number} starts_t
 * @property {number | null} ends_t
 * @property {number | null} units how much of it is heard
 * @property {""|"retracted"|"replaced"} state
 * @property {boolean} updated
 * @property {[number, number]} [kept] what a cut left, from its beginning
 * @property {number} [said] the clip that is heard in this place
 * @property {{kind: string, by: string, at: string}[]} [history]
 */

const LOOK_EVERY_MS = 700;
const PATIENCE_MS = 30000;

export class ClipDesk {
  /** @type {Map<number, SentClip>} */
  clips = new Map();
  /** The clip that the next press takes the place of. @type {number | null} */
  again = null;
  #n = 0;

  /**
   * @param {HTMLElement} page
   * @param {URL} base
   * @param {{notice: (text: string, trouble?: boolean) => void, onClips: () => void}} hooks
   */
  constructor(page, base, hooks) {
    this.page = page;
    this.base = base;
    this.hooks = hooks;
    this.dialog = /** @type {HTMLDialogElement} */ (find("[data-clip-dialog]", page));
    this.audio = /** @type {HTMLAudioElement} */ (find("audio", this.dialog));
    this.from = /** @type {HTMLInputElement} */ (find("[data-cut='from']", this.dialog));
    this.to = /** @type {HTMLInputElement} */ (find("[data-cut='to']", this.dialog));
    this.strip = find("[data-again]", page);
    this.#wire();
  }

  /** @param {SentClip[]} clips as the log has them */
  put(clips) {
    this.clips = new Map(clips.map((clip) => [clip.said ?? clip.n, clip]));
    this.hooks.onClips();
  }

  /**
   * In a word, what became of a clip.
   * @param {number} n
   */
  word(n) {
    const clip = this.clips.get(n);
    if (clip?.state === "retracted") return gettext("已撤回");
    if (clip?.state === "replaced") return gettext("已重录");
    return clip?.updated ? gettext("已更新") : "";
  }

  /** @param {number} n */
  open(n) {
    const clip = this.clips.get(n);
    if (!clip || clip.ends_t === null) return this.hooks.notice(gettext("这一条还在路上，送到以后再改。"), true);
    this.#n = n;
    this.audio.src = String(new URL(`clips/${n}/sound.ogg`, this.base));
    this.#fill(clip);
    this.dialog.showModal();
  }

  /**
   * The microphone was let go of: the clip it spoke may be the one that was wanted again.
   * @param {{n: number} | null} spoken
   */
  async spoken(spoken) {
    const old = this.again;
    if (old === null || !spoken) return;
    this.#expect(null);
    const patience = Date.now() + PATIENCE_MS;
    while (Date.now() < patience) {
      await wait(LOOK_EVERY_MS);
      const log = await readLog(new URL("log.json", this.base));
      if (!log?.clips.some(({ n, ends_t }) => n === spoken.n && ends_t !== null)) continue;
      if (await this.#edit(old, "replace", { new: spoken.n })) this.hooks.notice(interpolate(gettext("第 %s 条已经换上新录的。"), [old]));
      return;
    }
    this.hooks.notice(gettext("新录的一条还没有送到，没有换上。送到以后，再点「重录」换一次。"), true);
  }

  #wire() {
    this.dialog.addEventListener("close", () => this.audio.pause());
    this.audio.addEventListener("timeupdate", () => {
      if (this.audio.currentTime >= Number(this.to.value) / 1000) this.audio.pause();
    });
    for (const edge of [this.from, this.to]) edge.addEventListener("input", () => this.#cut(edge));
    /** @type {Record<string, () => unknown>} */
    const verbs = {
      listen: () => this.#listen(), trim: () => this.#trim(), retract: () => this.#settle("retract"), restore: () => this.#settle("restore"),
      again: () => this.#speakAgain(), close: () => this.dialog.close(),
    };
    this.dialog.addEventListener("click", ({ target }) => {
      const button = target instanceof Element && target.closest("[data-verb]");
      if (button instanceof HTMLElement) verbs[button.dataset.verb ?? ""]?.();
    });
    find("button", this.strip).addEventListener("click", () => this.#expect(null));
  }

  /** @param {SentClip} clip */
  #fill(clip) {
    const length = this.#length(clip);
    const [from, to] = clip.kept ?? [0, toUnits(length)];
    for (const edge of [this.from, this.to]) edge.max = String(length);
    this.from.value = String(toMs(from));
    this.to.value = String(toMs(to));
    this.dialog.dataset.clip = clip.state;
    say(this.dialog, "[data-clip-title]", [interpolate(gettext("第 %s 条"), [this.#n]), clock(length), this.word(this.#n)].filter(Boolean).join(" · "));
    this.#cut();
    find("[data-history]", this.dialog).replaceChildren(...(clip.history ?? []).map((done) => el("li", "", this.#past(done))));
  }

  /** @param {SentClip} clip the whole of it, in ms */
  #length(clip) {
    if (clip.said === undefined) return toMs((clip.ends_t ?? 0) - clip.starts_t);
    return Math.max(toMs((clip.units ?? 0) + (clip.kept?.[0] ?? 0)), Number.isFinite(this.audio.duration) ? this.audio.duration * 1000 : 0);
  }

  /** @param {{kind: string, by: string, at: string}} done */
  #past({ kind, by, at }) {
    const words = { retract: gettext("撤回"), restore: gettext("恢复"), replace: gettext("重录"), trim: gettext("裁剪") };
    const when = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return [when, by, words[/** @type {keyof typeof words} */ (kind)] ?? ""].join(" · ");
  }

  /** @param {HTMLInputElement} [moved] the edge that moves keeps clear of the other */
  #cut(moved) {
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    if (to - from < 200 && moved) moved.value = String(moved === this.from ? Math.max(0, to - 200) : from + 200);
    const whole = Number(this.from.value) <= 0 && Number(this.to.value) >= Number(this.to.max);
    for (const edge of [this.from, this.to]) {
      const seconds = (Number(edge.value) / 1000).toFixed(1);
      edge.setAttribute("aria-valuetext", interpolate(gettext("%s 秒"), [seconds]));
      say(this.dialog, `[data-at='${edge.dataset.cut}']`, `${seconds}″`);
    }
    const left = ((Number(this.to.value) - Number(this.from.value)) / 1000).toFixed(1);
    say(this.dialog, "[data-left-over]", whole ? gettext("整条都留着") : interpolate(gettext("留下 %s 秒"), [left]));
  }

  #listen() {
    this.audio.currentTime = Number(this.from.value) / 1000;
    this.audio.play().catch(() => this.hooks.notice(gettext("这一条放不出来，过一会儿再试。"), true));
  }

  async #trim() {
    const cut = { start_ms: Math.round(Number(this.from.value)), end_ms: Math.round(Number(this.to.value)) };
    if (await this.#edit(this.#n, "trim", cut)) this.#done(gettext("已经裁剪，所有群和回放里都是新的。"));
  }

  /** @param {"retract"|"restore"} verb */
  async #settle(verb) {
    const words = { retract: gettext("已经撤回，谁都听不到了。可以在这里恢复。"), restore: gettext("已经恢复。") };
    if (await this.#edit(this.#n, verb)) this.#done(words[verb]);
  }

  #speakAgain() {
    this.#expect(this.#n);
    this.dialog.close();
  }

  /** @param {number | null} n */
  #expect(n) {
    this.again = n;
    this.strip.hidden = n === null;
    if (n !== null) say(this.strip, "[data-again-word]", interpolate(gettext("重录第 %s 条：按住话筒说，松开就换上。"), [n]));
  }

  /** @param {string} text */
  #done(text) {
    this.dialog.close();
    this.hooks.notice(text);
  }

  /**
   * @param {number} n
   * @param {string} verb
   * @param {object} [said]
   */
  async #edit(n, verb, said = {}) {
    const done = await orSay(post(new URL(`clips/${n}/${verb}/`, this.base), said), this.hooks.notice);
    if (done) this.put(done.clips);
    else this.dialog.close();
    return done !== null;
  }
}
