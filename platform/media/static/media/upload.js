// Files on their way: a few parts at once, over all of them; pausing, going on, trying again, and going on after a reload.
import { fileOf, fingerprint, forget, handleOf, remember } from "./upload-known.js";
import { Parts, patience, span } from "./upload-parts.js";
import { Refused } from "./upload-wire.js";

const AT_ONCE = 3;
const LINKS = 10;
const LOOK_MS = 2000;

/** @typedef {"waiting" | "sending" | "paused" | "away" | "checking" | "done" | "refused" | "gone"} State */

/** One file. `away`: the person has to choose it again. */
export class Sending {
  /** @type {Map<number, string>} */
  #links = new Map();
  /** @type {Map<number, AbortController>} */
  #going = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #tries = 0;
  #isFinishing = false;

  /**
   * @param {Queue} queue
   * @param {import("./upload-wire.js").Told} told
   * @param {File} [file]
   */
  constructor(queue, told, file) {
    this.queue = queue;
    this.told = told;
    this.file = file;
    /** @type {State} */
    this.state = told.state === "sending" ? (file ? "sending" : "away") : /** @type {State} */ (told.state);
    this.sentence = told.error;
    this.retryAt = 0;
    this.parts = new Parts(told.size, told.part_size, told.state === "sending" ? (told.missing ?? []) : []);
  }

  get uuid() {
    return this.told.uuid;
  }

  get isBusy() {
    return this.state === "sending" || this.state === "checking";
  }

  /** Whether a part could be sent now. */
  get isReady() {
    return this.state === "sending" && Date.now() >= this.retryAt && this.parts.next() !== undefined;
  }

  get going() {
    return this.#going.size;
  }

  /**
   * The file is here (again): go on at what is missing.
   * @param {File} file
   * @param {import("./upload-wire.js").Told} told
   */
  resume(file, told) {
    this.file = file;
    this.told = told;
    this.parts = new Parts(told.size, told.part_size, told.missing ?? []);
    this.#set("sending");
    this.queue.pump();
  }

  pause() {
    if (this.state !== "sending") return;
    this.#set("paused");
    this.#stop();
  }

  proceed() {
    if (this.state !== "paused" && !this.retryAt) return;
    this.#tries = this.retryAt = 0;
    this.#set("sending");
    this.queue.pump();
  }

  async cancel() {
    this.#set("gone");
    this.#stop();
    forget(this.uuid);
    await this.queue.wire.giveUp(this.uuid).catch(() => {});
  }

  /** Send one part; never throws. */
  async sendOne() {
    const number = this.parts.next();
    if (number === undefined || !this.file) return;
    const [file, parts, halt] = [this.file, this.parts, new AbortController()];
    parts.begin(number);
    this.#going.set(number, halt);
    try {
      const link = await this.#link(number);
      if (halt.signal.aborted) return;
      const { start, end } = span(number, parts.partSize, parts.size);
      await this.queue.wire.put(link, await readable(file.slice(start, end)), (bytes) => this.#moved(number, bytes), halt.signal);
      parts.arrive(number);
      this.#tries = this.retryAt = 0;
      this.sentence = "";
    } catch (error) {
      this.#links.delete(number);
      if (!halt.signal.aborted) this.#failed(error);
    } finally {
      parts.fail(number);
      if (this.#going.get(number) === halt) this.#going.delete(number);
      this.queue.onChange(this);
    }
  }

  /** Everything has arrived: have it looked at, and hear what it became. */
  async finish() {
    if (this.#isFinishing || this.state !== "sending" || !this.parts.isWhole || Date.now() < this.retryAt) return;
    this.#isFinishing = true;
    this.#set("checking");
    try {
      this.hear(await this.queue.wire.finish(this.uuid));
    } catch (error) {
      if (error instanceof Refused && error.name === "incomplete") {
        this.parts.missing = new Set(error.missing);
        this.#set("sending");
      } else {
        this.state = "sending";
        this.#failed(error);
      }
    } finally {
      this.#isFinishing = false;
      this.queue.pump();
    }
  }

  /**
   * What the school says of it.
   * @param {import("./upload-wire.js").Told} told
   */
  hear(told) {
    this.told = told;
    if (told.state !== "sending") this.#set(/** @type {State} */ (told.state), told.error);
    if (told.state === "done") forget(this.uuid);
    const isMoving = told.asset?.forms.some(({ state }) => state === "waiting" || state === "running");
    if (told.state === "checking" || isMoving) this.#lookLater();
  }

  #lookLater() {
    clearTimeout(this.#later);
    this.#later = setTimeout(async () => {
      try {
        this.hear(await this.queue.wire.look(this.uuid));
      } catch {
        this.#lookLater();
      }
    }, LOOK_MS);
  }

  /** @param {number} number */
  async #link(number) {
    const known = this.#links.get(number);
    if (known) return known;
    const numbers = [...this.parts.missing].filter((each) => each >= number && !this.#links.has(each)).slice(0, LINKS);
    const { links } = await this.queue.wire.links(this.uuid, numbers);
    for (const [each, link] of Object.entries(links)) this.#links.set(Number(each), link);
    return links[number];
  }

  /** @param {number} number @param {number} bytes */
  #moved(number, bytes) {
    this.parts.move(number, bytes);
    this.queue.onChange(this);
  }

  /** @param {unknown} error */
  #failed(error) {
    if (error instanceof Unreadable) return this.#set("away", gettext("文件读不到了：也许被改动或移走。请重新选择同一个文件。"));
    // a bucket's 403 is a link that is too old; ours says why
    if (error instanceof Refused && error.isFinal && error.name) return this.#set(error.status === 401 ? "paused" : "refused", error.message);
    if (this.retryAt > Date.now()) return; // another part of it has failed at the same moment
    const wait = patience(++this.#tries);
    this.retryAt = Date.now() + wait;
    this.sentence = navigator.onLine
      ? gettext("没有传过去，{n} 秒后再试。").replace("{n}", String(Math.round(wait / 1000)))
      : gettext("网络断了，连上后会接着传。");
    this.queue.onChange(this);
    setTimeout(() => this.queue.pump(), wait + 10);
  }

  /** The line is back. */
  hurry() {
    if (this.state !== "sending" || !this.retryAt) return;
    this.retryAt = 0;
    this.#set("sending");
  }

  #stop() {
    for (const halt of this.#going.values()) halt.abort();
    this.#going.clear();
    this.queue.pump();
  }

  /** @param {State} state */
  #set(state, sentence = "") {
    this.state = state;
    this.sentence = sentence;
    this.queue.onChange(this);
  }
}

class Unreadable extends Error {}

/**
 * The bytes themselves: a file that was changed meanwhile is found out here, and not taken for a broken line.
 * @param {Blob} piece
 */
async function readable(piece) {
  try {
    return new Blob([await piece.arrayBuffer()]);
  } catch (error) {
    throw new Unreadable(String(error));
  }
}

/** All files of this page. */
export class Queue {
  /** @type {Sending[]} */
  all = [];

  /**
   * @param {import("./upload-wire.js").Wire} wire
   * @param {(sending: Sending) => void} onChange
   */
  constructor(wire, onChange) {
    this.wire = wire;
    this.onChange = onChange;
    addEventListener("online", () => {
      for (const one of this.all) one.hurry();
      this.pump();
    });
  }

  get isBusy() {
    return this.all.some((one) => one.isBusy);
  }

  /**
   * Begin with a file, or go on with one that was begun before. Throws what the school refuses.
   * @param {File} file
   * @param {FileSystemFileHandle} [handle]
   */
  async add(file, handle) {
    const print = await fingerprint(file);
    const told = await this.wire.begin(file, print);
    const known = this.all.find((one) => one.uuid === told.uuid);
    if (told.state !== "sending") return this.#hear(known, told); // it has arrived already
    remember(told.uuid, handle);
    if (!known) return this.#take(new Sending(this, told, file));
    if (!known.file || known.state === "away") known.resume(file, told);
    else known.proceed();
    return known;
  }

  /**
   * Take up what an earlier page began; the file itself too, where the browser lets us without asking.
   * @param {import("./upload-wire.js").Told} told
   */
  async takeUp(told) {
    if (told.state !== "sending") return this.#hear(undefined, told);
    const one = this.#take(new Sending(this, await this.wire.look(told.uuid)));
    await this.findFile(one, false);
    return one;
  }

  /**
   * @param {Sending | undefined} known
   * @param {import("./upload-wire.js").Told} told
   */
  #hear(known, told) {
    const one = known ?? this.#take(new Sending(this, told));
    one.hear(told);
    return one;
  }

  /**
   * Read the file again through its handle. Whether that went well.
   * @param {Sending} one
   * @param {boolean} mayAsk only after a press
   */
  async findFile(one, mayAsk) {
    const file = await fileOf(await handleOf(one.uuid), mayAsk);
    if (!file || (await fingerprint(file)) !== one.told.fingerprint) return false;
    one.resume(file, await this.wire.look(one.uuid));
    return true;
  }

  /** Keep so many parts on their way as may be. */
  pump() {
    let free = AT_ONCE - this.all.reduce((sum, one) => sum + one.going, 0);
    for (const one of this.all) {
      for (; free > 0 && one.isReady; free--) one.sendOne().then(() => this.pump());
      one.finish();
    }
  }

  /** @param {Sending} one */
  #take(one) {
    this.all.push(one);
    this.onChange(one);
    this.pump();
    return one;
  }
}
