// One socket that keeps itself open: a fresh ticket for every attempt, growing pauses with jitter between them.
import { post, Refusal } from "./http.js";

/** @typedef {"closed"|"opening"|"open"|"waiting"|"refused"} LineState */

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;
const HOPELESS = new Set(["busy", "ended", "access"]);
const BUSY_TRIES = 8; // a server that died still holds our own microphone for a few seconds

/**
 * @typedef {object} LineOptions
 * @property {URL} base the lesson's address
 * @property {"listen"|"talk"|"speak"} part
 * @property {number | null} cohort
 * @property {() => string} [query] where to resume from
 * @property {(message: any) => void} onText
 * @property {(frame: ArrayBuffer) => void} [onFrame]
 * @property {(state: LineState, refusal?: {code?: string, sentence: string, offers?: import("./http.js").Offer[]}) => void} [onState]
 */

export class Line {
  /** @type {WebSocket | null} */
  #socket = null;
  #attempts = 0;
  #timer = 0;
  #wanted = false;
  #greeted = false;
  #busy = 0;
  /** @type {LineState} */
  state = "closed";

  /** @param {LineOptions} options */
  constructor(options) {
    this.options = options;
    addEventListener("online", () => this.#hurry());
  }

  open() {
    if (this.#wanted && this.state !== "refused") return;
    this.#wanted = true;
    this.#attempts = 0;
    this.#connect();
  }

  close() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#turn("closed");
  }

  /** @param {string | Uint8Array<ArrayBuffer>} data */
  send(data) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  get unsentBytes() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  async #connect() {
    this.#turn("opening");
    try {
      const { part, cohort, base } = this.options;
      const { ticket, path } = await post(new URL("ticket/", base), { part, cohort });
      if (this.#wanted) this.#listen(new WebSocket(this.#address(path), ["qunke.1", `ticket.${ticket}`]));
    } catch (error) {
      if (error instanceof Refusal && error.isFinal) this.#refuse({ sentence: error.message, offers: error.offers });
      else this.#retry();
    }
  }

  /** @param {string} path */
  #address(path) {
    const url = new URL(path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = this.options.query?.() ?? "";
    return url;
  }

  /** @param {WebSocket} socket */
  #listen(socket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#turn("open");
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#wanted && this.state !== "refused") this.#retry();
    };
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    if (typeof data !== "string") return this.options.onFrame?.(data);
    const message = JSON.parse(data);
    if (message.type === "hello") this.#greet();
    if (message.type === "refused") return this.#refused(message);
    this.options.onText(message);
  }

  #greet() {
    this.#greeted = true;
    this.#attempts = this.#busy = 0;
  }

  /** @param {{code: string, sentence: string}} message */
  #refused(message) {
    const mine = message.code === "busy" && this.#greeted && this.#busy++ < BUSY_TRIES;
    if (HOPELESS.has(message.code) && !mine) this.#refuse(message);
  }

  /** @param {{code?: string, sentence: string, offers?: import("./http.js").Offer[]}} refusal */
  #refuse(refusal) {
    this.#wanted = false;
    this.#turn("refused", refusal);
  }

  #retry() {
    if (!this.#wanted) return;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#attempts++);
    this.#turn("waiting");
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  #hurry() {
    if (this.state !== "waiting") return;
    clearTimeout(this.#timer);
    this.#attempts = 0;
    this.#connect();
  }

  /**
   * @param {LineState} state
   * @param {{code?: string, sentence: string, offers?: import("./http.js").Offer[]}} [refusal]
   */
  #turn(state, refusal) {
    this.state = state;
    this.options.onState?.(state, refusal);
  }
}
