// The teacher's console: microphone, slides, questions and cohorts on one screen.
import { ClipDesk } from "./console-clips.js";
import { wireControls } from "./console-controls.js";
import { OutboxList } from "./console-outbox.js";
import { Questions } from "./console-questions.js";
import { Relays } from "./console-relays.js";
import { wireStop } from "./console-stop.js";
import { lampWord } from "./console-words.js";
import { Deck } from "./deck.js";
import { orSay, post } from "./http.js";
import { readLog } from "./log.js";
import { noticeOn } from "./notice.js";
import { Speaking } from "./speaking.js";
import { Talk } from "./talk.js";
import { clock, find, say } from "./words.js";

const LOOK_EVERY_MS = 10000;

class Console {
  /** Of how many cohorts somebody hears. */
  reach = { hearing: 0, relayed: 0 };

  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.notice = noticeOn(find("[data-notice]", page));
    this.base = new URL(page.dataset.base ?? "", location.href);
    this.state = page.dataset.state;
    this.startedAt = page.dataset.started ? Date.parse(page.dataset.started) : 0;
    this.speaking = this.#speaking();
    this.deck = new Deck(find("[data-deck]", page), this.base, { onTurn: (n) => this.speaking.mouth.slide(n), notice: this.notice });
    this.clipDesk = new ClipDesk(page, this.base, { notice: this.notice, onClips: () => this.outboxList.tell() });
    this.outboxList = new OutboxList(page, { becameOf: (n) => this.clipDesk.word(n), onEdit: (n) => this.clipDesk.open(n) });
    this.questions = new Questions(page, this.base, this.notice);
    this.relays = new Relays(page, this.base, this.notice);
    this.talk = new Talk({ base: this.base, cohort: null }, {
      onMessage: () => {},
      onQuestion: (question) => this.questions.put(question),
      onBack: () => this.look(),
    });
  }

  async open() {
    const { speaking } = this;
    wireControls(this.page, {
      microphone: speaking.microphone,
      onTrouble: (sentence) => (speaking.trouble = sentence),
      onEnd: () => this.#end(),
      hasUnsaved: () => Boolean(speaking.mouth.outbox.waiting || speaking.mouth.clip),
    });
    wireStop(this.page, this.base, this.notice);
    const mine = speaking.begin();
    setInterval(() => this.show(), 200);
    await this.look(true);
    if (this.state !== "ended") this.talk.line.open();
    setInterval(() => this.look(), LOOK_EVERY_MS);
    await mine;
    await this.look();
  }

  async look(first = false) {
    const log = await readLog(new URL(this.#isUnsettled ? "log.json?had=1" : "log.json", this.base));
    if (!log) return;
    if (first) {
      this.outboxList.earlier(log.clips);
      this.deck.at(log.slide);
    }
    if (log.had) this.speaking.settle(log.had);
    this.clipDesk.put(log.clips);
    this.deck.setPages(log.slides);
    for (const question of log.questions ?? []) this.questions.put(question);
    if (!this.speaking.mouth.isReady) this.#listeners(log.listeners);
    this.#become(log.state);
    this.speaking.tryAgain();
  }

  /** The lesson is over, and the school has to say what it got of the outbox. */
  get #isUnsettled() {
    return this.state === "ended" && this.speaking.hasUnsettled;
  }

  /**
   * The first press is live here a moment before the school knows.
   * @param {string} state
   */
  #become(state) {
    if (state !== "waiting" || this.state !== "live") this.state = state;
  }

  show() {
    const { mouth } = this.speaking;
    this.page.dataset.state = this.state;
    say(this.page, "[data-lamp-word]", lampWord(this.state, mouth.line.state));
    find("[data-lamp]", this.page).className = this.state === "live" && mouth.isReady ? "lamp on" : "lamp off";
    say(this.page, "[data-clock]", this.startedAt && this.state === "live" ? clock(Date.now() - this.startedAt) : "");
    this.speaking.show();
  }

  #speaking() {
    return new Speaking(this.page, this.base, {
      state: () => this.state,
      onPress: () => {
        if (this.state === "waiting") [this.state, this.startedAt] = ["live", Date.now()];
      },
      onSpoken: (clip) => this.clipDesk.spoken(clip),
      onHello: (hello) => {
        if (hello.state) this.#become(hello.state);
        if (this.deck.n && hello.slide !== this.deck.n) this.speaking.mouth.slide(this.deck.n); // turned while offline
      },
      onStats: (stats) => {
        this.reach = stats;
        this.#listeners(stats.listeners, stats.struggling);
        this.relays.show(stats.cohorts, stats.hearing);
        this.#outbox();
      },
      onOutbox: () => this.#outbox(),
      onRefused: (code) => {
        if (code === "ended") this.state = "ended";
        if (this.#isUnsettled) this.look();
      },
      onChange: () => this.show(),
      notice: this.notice,
    });
  }

  #outbox() {
    const { outbox, isReady } = this.speaking.mouth;
    this.outboxList.show(outbox, this.reach, isReady);
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

  async #end() {
    this.notice(gettext("正在收好最后几句……"));
    await this.speaking.finish();
    if (await orSay(post(new URL("end/", this.base)), this.notice)) {
      this.state = "ended";
      this.speaking.close();
      this.notice(gettext("下课了。回放正在整理，几秒后就能听。"));
      if (this.#isUnsettled) await this.look();
    }
    this.show();
  }
}

const page = document.querySelector("[data-console]");
if (page instanceof HTMLElement) {
  const desk = new Console(page);
  const { mouth, microphone, meter, press } = desk.speaking;
  Object.assign(window, {
    qunkeConsole: {
      stats: () => ({
        state: desk.state, ready: mouth.isReady, waiting: mouth.outbox.waiting, clips: mouth.outbox.clips.length,
        kept: mouth.outbox.letters.length, mine: desk.speaking.isMine, press: press.state, db: meter.db, microphone: microphone.isOpen,
      }),
    },
  });
  desk.open();
}
