// The room a learner sits in: waiting, live, and afterwards the replay, at one address.
import { loadDecoder } from "./ear.js";
import { Feed } from "./feed.js";
import { Hearing } from "./hearing.js";
import { readLog } from "./log.js";
import { noticeOn } from "./notice.js";
import { probeOf } from "./probe.js";
import { Slides } from "./slides.js";
import { Talk, wireForm } from "./talk.js";
import { find } from "./words.js";

const LOOK_EVERY_MS = 8000;
const DECODER_AFTER_MS = 800;

class Room {
  /** As it was last read. @type {import("./log.js").Log | null} */
  log = null;
  /** @type {import("./replay.js").Replay | null} */
  replay = null;

  /** @param {HTMLElement} page */
  constructor(page) {
    const { base = "", cohort, teacher = "", seal = "", state } = page.dataset;
    this.page = page;
    this.notice = noticeOn(find("[data-notice]", page));
    this.address = { base: new URL(base, location.href), cohort: cohort ? Number(cohort) : null };
    this.logUrl = new URL(`log.json${cohort ? `?cohort=${cohort}` : ""}`, this.address.base);
    this.state = /** @type {import("./lamp.js").LessonState} */ (state);
    this.slides = new Slides(find("[data-stage]", page));
    this.feed = new Feed(find("[data-feed]", page), { who: teacher, seal, onPick: (t) => this.#hearFrom(t) });
    this.hearing = new Hearing(this);
    this.talk = this.#talk();
  }

  async open() {
    await this.look();
    if (this.state === "ended") return this.#playAgain();
    this.talk.line.open();
    setTimeout(loadDecoder, DECODER_AFTER_MS);
    setInterval(() => this.hearing.show(), 1000);
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** @param {number} t media clock */
  #hearFrom(t) {
    if (this.state === "ended") this.replay?.playFrom(t);
    else this.hearing.from(t);
  }

  async look() {
    const log = await readLog(this.logUrl);
    if (!log) return;
    this.log = log;
    this.hearing.know(log);
    for (const message of log.messages) this.feed.message(message);
    this.slides.setPages(log.slides);
    this.#countListeners(log.listeners);
    if (!this.hearing.isOn || this.state === "waiting") this.become(log.state);
    this.hearing.show();
  }

  /** @param {number} count */
  #countListeners(count) {
    const text = ngettext("%s 人在听", "%s 人在听", count);
    find("[data-listeners]", this.page).textContent = this.state === "live" ? interpolate(text, [count.toLocaleString()]) : "";
  }

  /** @param {import("./lamp.js").LessonState} state */
  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.page.dataset.state = state;
    if (state === "ended") this.#over();
  }

  /** The replay is the same page in another dress; a fresh start is the honest way to put it on. */
  #over() {
    this.notice(gettext("下课了。回放马上就好。"));
    const untilQuiet = setInterval(() => {
      if (!this.hearing.isThrough) return;
      clearInterval(untilQuiet);
      setTimeout(() => location.reload(), 1500);
    }, 300);
  }

  async #playAgain() {
    this.hearing.show();
    const { Replay } = await import("./replay.js"); // who comes to hear it live does not wait for it
    this.replay = new Replay({ room: this.page, logUrl: this.logUrl, feed: this.feed, slides: this.slides });
    await this.replay.open(this.log);
  }

  #talk() {
    const onMessage = (/** @type {import("./feed.js").Message} */ message) => this.feed.message(message);
    const talk = new Talk(this.address, {
      onMessage,
      onState: (state) => {
        if (!this.hearing.isOn || state === "live") this.become(/** @type {import("./lamp.js").LessonState} */ (state));
      },
      onBack: () => this.look(),
    });
    const form = this.page.querySelector("form[data-say]");
    if (form instanceof HTMLFormElement) wireForm(form, talk, onMessage, this.notice);
    return talk;
  }
}

const page = document.querySelector("[data-room]");
if (page instanceof HTMLElement) {
  const room = new Room(page);
  Object.assign(window, { qunke: probeOf(room) });
  const cohorts = document.querySelector("select[data-cohorts]");
  cohorts?.addEventListener("change", () => (location.search = `?cohort=${/** @type {HTMLSelectElement} */ (cohorts).value}`));
  room.open();
}
