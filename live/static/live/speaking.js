// Speaking on this page: whether it may, the button, the microphone, what is heard of it here, and what is still to be sent.
import { listDevices } from "./console-controls.js";
import { hintWord, levelWord } from "./console-words.js";
import { canEncode } from "./encoder.js";
import { Leftovers } from "./leftovers.js";
import { Meter } from "./meter.js";
import { Microphone, microphoneHelp } from "./microphone.js";
import { Mouth } from "./mouth.js";
import { becomeOwner } from "./owner.js";
import { wait } from "./pauses.js";
import { Press } from "./press.js";
import { clock, find, say } from "./words.js";

const LAST_WORDS_MS = 10000;

/**
 * @typedef {object} SpeakingHooks
 * @property {() => string | undefined} state of the lesson
 * @property {() => void} onPress
 * @property {(clip: import("./letter.js").OutClip | null) => void} onSpoken the press is over
 * @property {(hello: any) => void} onHello
 * @property {(stats: any) => void} onStats
 * @property {() => void} onOutbox
 * @property {(code?: string) => void} onRefused
 * @property {() => void} onChange
 * @property {(text: string, trouble?: boolean) => void} notice
 */

export class Speaking {
  /** Why nothing can be said just now; it goes before every other hint. */
  trouble = "";
  /** This page has the outbox. */
  isMine = false;
  #isSettled = false;

  /**
   * @param {HTMLElement} page
   * @param {URL} base
   * @param {SpeakingHooks} hooks
   */
  constructor(page, base, hooks) {
    this.page = page;
    this.base = base;
    this.hooks = hooks;
    this.button = find("[data-mic]", page);
    this.meter = new Meter(/** @type {SVGSVGElement} */ (page.querySelector("[data-ring]")), find("[data-scale]", page));
    this.microphone = new Microphone({
      onBlock: (block) => {
        this.meter.hear(block);
        this.mouth.take(block.pcm);
      },
      onLost: () => this.#lost(),
    });
    this.mouth = this.#mouth();
    this.leftovers = new Leftovers(find("[data-left]", page), this.mouth, { name: document.title, notice: hooks.notice });
    this.press = this.#press();
  }

  /** Once, when the page opens; done when this page may speak. */
  begin() {
    return (this.mine = this.#becomeOwner());
  }

  /** Two pages of one browser would speak over each other: the second looks on until the first is closed. */
  async #becomeOwner() {
    await becomeOwner(`qunke-microphone-${this.base.pathname}`, () =>
      this.#forbid(gettext("这一讲在另一个标签页里开着。去那边说话；关掉那一页，这里就能接着讲。")),
    );
    this.#forbid("");
    if (!(await canEncode()))
      this.#forbid(gettext("这个浏览器不能直播。请用新版的 Chrome、Edge（94 起）、Firefox（130 起）或 Safari（26 起）打开这一页。"));
    this.leftovers.found(await this.mouth.restore());
    this.isMine = true;
  }

  /** @param {string} why nothing can be spoken on this page */
  #forbid(why) {
    this.trouble = why;
    if (why) this.button.setAttribute("aria-disabled", "true");
    else this.button.removeAttribute("aria-disabled");
  }

  /** Inside a tap: permission, device, then the line to the school. */
  async open() {
    if (this.trouble && this.button.getAttribute("aria-disabled")) return;
    await this.mine; // else what an earlier page left would be written over
    try {
      await this.microphone.open();
      this.trouble = "";
      this.mouth.line.open();
      navigator.storage?.persist?.();
      this.page.classList.add("armed");
      navigator.wakeLock?.request("screen").catch(() => {});
      await listDevices(this.page, this.microphone);
    } catch (error) {
      this.trouble = microphoneHelp(error);
    }
    this.hooks.onChange();
  }

  /** The last words get a while to arrive, as long as they have a chance to. */
  async finish() {
    this.press.stop();
    await this.mouth.settled();
    const patience = Date.now() + LAST_WORDS_MS;
    while (this.mouth.outbox.waiting && Date.now() < patience) await wait(200);
  }

  close() {
    this.mouth.line.close();
    this.microphone.close();
  }

  /** @param {Record<string, number>} had what the school has of each connection, now that the lesson is over */
  settle(had) {
    this.mouth.close(had);
    this.#isSettled = true;
  }

  /** Something is in the outbox that the school may or may not have. */
  get hasUnsettled() {
    return this.mouth.outbox.letters.length > 0;
  }

  /** Another microphone may have stopped since the line was refused. */
  tryAgain() {
    if (this.leftovers.isCatchingUp && !this.#isOver && this.mouth.line.state === "refused") this.mouth.line.open();
    this.#sendLeft();
  }

  #sendLeft() {
    if (this.isMine && !this.#isOver && !this.microphone.isOpen) this.leftovers.send();
  }

  get #isOver() {
    return this.hooks.state() === "ended";
  }

  show() {
    const { leftovers, meter, microphone, mouth, page, press } = this;
    const isPressed = press.state !== "idle";
    page.classList.toggle("speaking", isPressed);
    page.classList.toggle("locked", press.state === "locked");
    this.button.setAttribute("aria-pressed", String(isPressed));
    say(page, "[data-lock-word]", press.state === "locked" ? gettext("已锁定") : gettext("轻点锁定"));
    say(page, "[data-timer]", mouth.clip && isPressed ? clock(mouth.clip.ms) : "0:00");
    const now = { state: this.hooks.state(), trouble: this.trouble, microphone: microphone.isOpen, line: mouth.line.state, press: press.state };
    say(page, "[data-hint]", hintWord(now));
    const verdict = microphone.isOpen ? meter.verdict : null;
    say(page, "[data-level-word]", levelWord(verdict));
    find("[data-level-word]", page).dataset.verdict = verdict ?? "";
    leftovers.show({ ms: mouth.outbox.waitingMs, ended: this.#isSettled, busy: mouth.line.state === "refused" });
  }

  #press() {
    return new Press(this.button, {
      mayStart: () => {
        if (this.#isOver) return false;
        if (this.microphone.isOpen && this.mouth.hasOpened) return true;
        this.open();
        return false;
      },
      onStart: () => {
        this.mouth.press();
        this.hooks.onPress();
        this.hooks.onChange();
      },
      onStop: () => {
        this.hooks.onSpoken(this.mouth.clip);
        this.mouth.release();
      },
      onLock: () => this.hooks.onChange(),
    });
  }

  #mouth() {
    const { notice, onChange, onHello, onOutbox, onStats } = this.hooks;
    return new Mouth(this.base, {
      onHello,
      onStats,
      onOutbox: () => {
        onOutbox();
        this.#sendLeft();
      },
      onBroken: () => notice(gettext("编码器停了。松开再按一次；还不行就刷新，已说的都在。"), true),
      onUnkept: () => notice(gettext("这台电脑存不下讲过的话（无痕窗口，或磁盘满了）。照常直播，没送到之前别关这一页。"), true),
      onState: (state, refusal) => {
        if (state === "refused" && refusal) this.#refused(refusal);
        onChange();
      },
    });
  }

  /** @param {import("./line.js").Refused} refusal */
  #refused({ code, sentence }) {
    this.press.stop();
    this.hooks.onRefused(code);
    if (this.leftovers.isCatchingUp && !this.microphone.isOpen) return; // it will be tried again
    this.trouble = sentence;
    this.microphone.close();
  }

  #lost() {
    this.press.stop();
    this.trouble = gettext("麦克风断开了。接好以后，点一下话筒继续。");
  }
}
