// The teacher's console: microphone, slides, questions and cohorts on one screen.
import { listDevices, wireControls } from "./console-controls.js";
import { ClipDesk } from "./console-clips.js";
import { OutboxList, Questions, Relays } from "./console-lists.js";
import { hintWord, lampWord, levelWord } from "./console-words.js";
import { wireStop } from "./console-stop.js";
import { Deck } from "./deck.js";
import { canEncode } from "./encoder.js";
import { get, post, Refusal } from "./http.js";
import { Leftovers } from "./leftovers.js";
import { Meter } from "./meter.js";
import { Microphone, microphoneHelp } from "./microphone.js";
import { Mouth } from "./mouth.js";
import { noticeOn } from "./notice.js";
import { becomeOwner } from "./owner.js";
import { Press } from "./press.js";
import { Talk } from "./talk.js";
import { clock, find, say } from "./words.js";

const LOOK_EVERY_MS = 10000;
const LAST_WORDS_MS = 10000;

class Console {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.notice = noticeOn(find("[data-notice]", page));
    this.base = new URL(page.dataset.base ?? "", location.href);
    this.state = page.dataset.state;
    this.startedAt = page.dataset.started ? Date.parse(page.dataset.started) : 0;
    this.reach = { hearing: 0, relayed: 0 };
    this.trouble = "";
    /** This page has the outbox. */
    this.isMine = false;
    this.isSettled = false;
    this.mic = find("[data-mic]", page);
    this.meter = new Meter(/** @type {any} */ (page.querySelector("[data-ring]")), find("[data-scale]", page));
    this.microphone = new Microphone({
      onBlock: (block) => {
        this.meter.hear(block);
        this.mouth.take(block.pcm);
      },
      onLost: () => this.#lost(),
    });
    this.mouth = this.#mouth();
    this.leftovers = new Leftovers(find("[data-left]", page), this.mouth, { name: document.title, notice: (text) => this.notice(text) });
    this.press = this.#press();
    this.deck = new Deck(find("[data-deck]", page), this.base, {
      onTurn: (n) => this.mouth.slide(n),
      notice: (text, trouble) => this.notice(text, trouble),
    });
    this.outboxList = new OutboxList(find("[data-outbox]", page), find("[data-outbox-summary]", page), find("[data-outbox-count]", page));
    this.clipDesk = new ClipDesk(page, this.base, {
      notice: (text, trouble) => this.notice(text, trouble),
      onClips: () => this.outboxList.tell(),
    });
    this.outboxList.word = (n) => this.clipDesk.word(n);
    this.outboxList.onEdit = (n) => this.clipDesk.open(n);
    this.questions = new Questions(find("[data-questions]", page), (question, state) => this.#turnQuestion(question, state));
    this.relays = new Relays(find("[data-relay]", page), (ids) => this.#relay(ids));
    this.talk = new Talk({ base: this.base, cohort: null }, {
      onMessage: () => {},
      onQuestion: (question) => this.#question(question),
      onBack: () => this.look(),
    });
  }

  async open() {
    wireControls(this.page, {
      microphone: this.microphone,
      onTrouble: (sentence) => (this.trouble = sentence),
      onEnd: () => this.#end(),
      hasUnsaved: () => Boolean(this.mouth.outbox.waiting || this.mouth.clip),
    });
    wireStop(this.page, this.base, (sentence, trouble) => this.notice(sentence, trouble));
    this.questions.show();
    this.mine = this.#become();
    setInterval(() => this.show(), 200);
    await this.look(true);
    if (this.state !== "ended") this.talk.line.open();
    setInterval(() => this.look(), LOOK_EVERY_MS);
    await this.mine;
    await this.look();
  }

  /** Two pages of one browser would speak over each other: the second looks on until the first is closed. */
  async #become() {
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
    if (why) this.mic.setAttribute("aria-disabled", "true");
    else this.mic.removeAttribute("aria-disabled");
  }

  /** What an earlier page left goes out without a tap; the line is given back as soon as all of it is there. */
  #sendLeft() {
    if (!this.isMine || this.state === "ended" || this.microphone.isOpen) return;
    if (!this.mouth.outbox.waiting && this.mouth.isReady) this.mouth.line.close();
    else if (this.mouth.outbox.waiting && this.mouth.line.state === "closed") this.mouth.line.open();
  }

  async look(first = false) {
    const log = await get(new URL(this.#isOver ? "log.json?had=1" : "log.json", this.base)).catch(() => null);
    if (!log) return;
    if (first) {
      this.outboxList.earlier(log.clips);
      this.deck.at(log.slide);
    }
    if (log.had) this.#settle(log.had);
    this.clipDesk.put(log.clips);
    this.deck.setPages(log.slides);
    for (const question of log.questions ?? []) this.#question(question);
    if (!this.mouth.isReady) this.#listeners(log.listeners);
    this.state = log.state === "waiting" && this.state === "live" ? "live" : log.state;
    if (this.leftovers.isCatchingUp && this.state !== "ended" && this.mouth.line.state === "refused") this.mouth.line.open();
    this.#sendLeft();
  }

  /** @param {Record<string, number>} had what the school has of each connection, now that the lesson is over */
  #settle(had) {
    this.mouth.close(had);
    this.isSettled = true;
  }

  /** Ended, with something in the outbox that may or may not have arrived. */
  get #isOver() {
    return this.state === "ended" && this.mouth.outbox.letters.length > 0;
  }

  /** Inside a tap: permission, device, then the line to the school. */
  async openMicrophone() {
    if (this.trouble && this.mic.getAttribute("aria-disabled")) return;
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
    this.show();
  }

  show() {
    const { clip } = this.mouth;
    const locked = this.press.state === "locked";
    this.page.classList.toggle("speaking", this.press.state !== "idle");
    this.page.classList.toggle("locked", locked);
    this.page.dataset.state = this.state;
    this.mic.setAttribute("aria-pressed", String(this.press.state !== "idle"));
    say(this.page, "[data-timer]", clip && this.press.state !== "idle" ? clock(clip.ms) : "0:00");
    const now = { state: this.state, trouble: this.trouble, microphone: this.microphone.isOpen, line: this.mouth.line.state, press: this.press.state };
    say(this.page, "[data-hint]", hintWord(now));
    say(this.page, "[data-lamp-word]", lampWord(now));
    say(this.page, "[data-level-word]", levelWord(this.microphone.isOpen ? this.meter.verdict : null));
    find("[data-level-word]", this.page).dataset.verdict = this.microphone.isOpen ? this.meter.verdict : "";
    say(this.page, "[data-clock]", this.startedAt && this.state === "live" ? clock(Date.now() - this.startedAt) : "");
    find("[data-lamp]", this.page).className = this.state === "live" && this.mouth.isReady ? "lamp on" : "lamp off";
    this.leftovers.show({ ms: this.mouth.outbox.waitingMs, ended: this.isSettled, busy: this.mouth.line.state === "refused" });
    say(this.page, "[data-lock-word]", locked ? gettext("已锁定") : gettext("轻点锁定"));
  }

  #press() {
    return new Press(this.mic, {
      mayStart: () => {
        if (this.state === "ended") return false;
        if (this.microphone.isOpen && this.mouth.hasOpened) return true;
        this.openMicrophone();
        return false;
      },
      onStart: () => {
        this.mouth.press();
        if (this.state === "waiting") [this.state, this.startedAt] = ["live", Date.now()];
        this.show();
      },
      onStop: () => {
        this.clipDesk.spoken(this.mouth.clip);
        this.mouth.release();
      },
      onLock: () => this.show(),
    });
  }

  #mouth() {
    return new Mouth(this.base, {
      onHello: (hello) => {
        if (hello.state && !(this.state === "live" && hello.state === "waiting")) this.state = hello.state;
        if (this.deck.n && hello.slide !== this.deck.n) this.mouth.slide(this.deck.n); // turned while offline
      },
      onStats: (stats) => {
        this.reach = stats;
        this.#listeners(stats.listeners, stats.struggling);
        this.relays.show(stats.cohorts, stats.hearing);
        this.#outbox();
      },
      onOutbox: () => {
        this.#outbox();
        this.#sendLeft();
      },
      onBroken: () => this.notice(gettext("编码器停了。松开再按一次；还不行就刷新，已说的都在。"), true),
      onUnkept: () => this.notice(gettext("这台电脑存不下讲过的话（无痕窗口，或磁盘满了）。照常直播，没送到之前别关这一页。"), true),
      onState: (state, refusal) => {
        if (state === "refused" && refusal) this.#refused(refusal);
        this.show();
      },
    });
  }

  #outbox() {
    this.outboxList?.show(this.mouth.outbox, this.reach, this.mouth.isReady);
  }

  /** @param {{sentence: string, code?: string}} refusal */
  #refused(refusal) {
    this.press.stop();
    if (refusal.code === "ended") this.state = "ended";
    if (this.#isOver) this.look();
    if (this.leftovers.isCatchingUp && !this.microphone.isOpen) return; // it will be tried again
    this.trouble = refusal.sentence;
    this.microphone.close();
  }

  #lost() {
    this.press.stop();
    this.trouble = gettext("麦克风断开了。接好以后，点一下话筒继续。");
  }

  /**
   * @param {number} count
   * @param {number} [struggling] whose sound is broken or late
   */
  #listeners(count, struggling = 0) {
    const heard = interpolate(ngettext("%s 人在听", "%s 人在听", count), [count.toLocaleString()]);
    const bad = interpolate(ngettext("%s 人听不顺", "%s 人听不顺", struggling), [struggling.toLocaleString()]);
    say(this.page, "[data-listeners]", struggling ? `${heard} · ${bad}` : heard);
  }

  /** @param {import("./talk.js").Question} question */
  #question(question) {
    this.questions.put(question);
    say(this.page, "[data-questions-count]", this.questions.waiting ? String(this.questions.waiting) : "");
  }

  /**
   * @param {import("./talk.js").Question} question
   * @param {"answering"|"answered"} state
   */
  async #turnQuestion(question, state) {
    await this.#try(async () => {
      await post(new URL(`questions/${question.id}/`, this.base), { state });
      this.#question({ ...question, state });
    });
  }

  /** @param {number[]} ids */
  async #relay(ids) {
    await this.#try(() => post(new URL("relay/", this.base), { cohorts: ids }), true);
  }

  /**
   * @param {() => Promise<unknown>} job
   * @param {boolean} [tell] let the caller know it failed as well
   */
  async #try(job, tell = false) {
    try {
      await job();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.notice(error.message, true);
      if (tell) throw error;
    }
  }

  /** Ending waits for the last words, as long as they have a chance to arrive. */
  async #end() {
    this.press.stop();
    this.notice(gettext("正在收好最后几句……"));
    await this.mouth.settled();
    const patience = Date.now() + LAST_WORDS_MS;
    while (this.mouth.outbox.waiting && Date.now() < patience) await new Promise((done) => setTimeout(done, 200));
    await this.#try(async () => {
      await post(new URL("end/", this.base));
      this.state = "ended";
      this.mouth.line.close();
      this.microphone.close();
      this.notice(gettext("下课了。回放正在整理，几秒后就能听。"));
      if (this.#isOver) await this.look();
    });
    this.show();
  }
}

const page = document.querySelector("[data-console]");
if (page instanceof HTMLElement) {
  const desk = new Console(page);
  Object.assign(window, {
    qunkeConsole: {
      stats: () => ({
        state: desk.state, ready: desk.mouth.isReady, waiting: desk.mouth.outbox.waiting, clips: desk.mouth.outbox.clips.length,
        kept: desk.mouth.outbox.letters.length, mine: desk.isMine, press: desk.press.state, db: desk.meter.db, microphone: desk.microphone.isOpen,
      }),
    },
  });
  desk.open();
}
