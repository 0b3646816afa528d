// One socket that keeps itself open: the ticket to come back with, or a fresh one; growing pauses with jitter between tries.
import { post, Refusal } from "./http.js";
import { Pauses } from "./pauses.js";

/** @typedef {"closed"|"opening"|"open"|"waiting"|"refused"} LineState */
/** @typedef {{code?: string, sentence: string, hls?: string, offers?: import("./http.js").Offer[]}} Refused */

const HOPELESS = new Set(["busy", "ended", "access", "device", "elsewhere", "full", "halted"]);
const MOST_BUSY_TRIES = 8; // a server that died still holds our own microphone for a few seconds

/**
 * @typedef {object} LineOptions
 * @property {URL} base the lesson's address
 * @property {"listen"|"talk"|"speak"} part
 * @property {number | null} cohort
 * @property {() => string} [query] where to resume from
 * @property {(message: any) => void} onText
 * @property {(frame: ArrayBuffer) => void} [onFrame]
 * @property {(state: LineState, refusal?: Refused) => void} [onState]
 */

export class Line {
  /** @type {WebSocket | null} */
  #socket = null;
  /** Being opened while the old one still carries. @type {WebSocket | null} */
  #next = null;
  /** The ticket to come back with. */
  #returnTicket = "";
  /** Opened with it. @type {WebSocket | null} */
  #returning = null;
  #pauses = new Pauses();
  #wanted = false;
  #greeted = false;
  #busyTries = 0;
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
    this.#pauses.forget();
    this.#turn("opening");
    this.#connect();
  }

  close() {
    this.#wanted = false;
    this.#pauses.cancel();
    for (const socket of [this.#socket, this.#next]) socket?.close(1000);
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
    try {
      const kept = this.#returnTicket;
      const ticket = kept || (await this.#askForTicket());
      if (!this.#wanted) return;
      const socket = new WebSocket(this.#address(), ["qunke.1", `ticket.${ticket}`]);
      if (kept) this.#returning = socket;
      this.#listen(socket);
    } catch (error) {
      if (error instanceof Refusal && error.isFinal) this.#refuse({ sentence: error.message, offers: error.offers });
      else this.#retry();
    }
  }

  async #askForTicket() {
    const { part, cohort, base } = this.options;
    return (await post(new URL("ticket/", base), { part, cohort })).ticket;
  }

  #address() {
    const url = new URL(`/ws/${this.options.part}/`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.search = this.options.query?.() ?? "";
    return url;
  }

  /** @param {WebSocket} socket */
  #listen(socket) {
    if (this.#socket) this.#next = socket;
    else this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#returnTicket = ""; // it opens one socket, once
      if (socket === this.#socket) this.#turn("open");
    };
    socket.onmessage = ({ data }) => this.#receive(socket, data);
    socket.onclose = () => this.#lost(socket);
  }

  /** @param {WebSocket} socket */
  #lost(socket) {
    if (socket === this.#next) this.#next = null;
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (this.#next) this.#takeOver(this.#next);
    else if (this.#wanted && this.state !== "refused") this.#retry();
  }

  /** @param {WebSocket} next it carries from now on */
  #takeOver(next) {
    const old = this.#socket;
    [this.#socket, this.#next] = [next, null];
    old?.close(1000);
    this.#turn(next.readyState === WebSocket.OPEN ? "open" : "opening");
  }

  /**
   * @param {WebSocket} socket
   * @param {string | ArrayBuffer} data
   */
  #receive(socket, data) {
    if (typeof data !== "string") return this.options.onFrame?.(data);
    const message = JSON.parse(data);
    if (message.type === "refused") return this.#refused(socket, message);
    if (message.type === "moved") return this.#move(message.within_ms);
    if (message.type === "hello") this.#greet(socket, message);
    this.options.onText(message);
  }

  /**
   * @param {WebSocket} socket
   * @param {{again?: string}} hello
   */
  #greet(socket, { again = "" }) {
    this.#greeted = true;
    this.#returnTicket = again;
    this.#busyTries = 0;
    this.#pauses.forget();
    if (socket === this.#next) this.#takeOver(socket);
  }

  /**
   * The server will stop: open the new connection first, and not all of us at once.
   * @param {number} withinMs
   */
  #move(withinMs) {
    this.#pauses.within(withinMs, () => {
      if (this.#wanted && !this.#next) this.#connect();
    });
  }

  /**
   * @param {WebSocket} socket
   * @param {Refused & {code: string}} message
   */
  #refused(socket, message) {
    if (message.code === "ticket" && socket === this.#returning) return this.#askAnew(socket);
    if (socket === this.#next) return;
    const mine = message.code === "busy" && this.#greeted && this.#busyTries++ < MOST_BUSY_TRIES;
    if (HOPELESS.has(message.code) && !mine) this.#refuse(message);
  }

  /**
   * Too late for the ticket to come back with.
   * @param {WebSocket} socket
   */
  #askAnew(socket) {
    socket.onclose = null;
    socket.close();
    if (socket === this.#next) this.#next = null;
    else this.#socket = null;
    this.#retry(0);
  }

  /** @param {Refused} refusal */
  #refuse(refusal) {
    this.#wanted = false;
    this.#returnTicket = "";
    this.#turn("refused", refusal);
  }

  /** @param {number} [longest] ms */
  #retry(longest) {
    if (!this.#wanted) return;
    if (!this.#socket) this.#turn("waiting");
    this.#pauses.before(() => this.#connect(), longest);
  }

  #hurry() {
    if (this.state !== "waiting") return;
    this.#pauses.cancel();
    this.#pauses.forget();
    this.#connect();
  }

  /**
   * @param {LineState} state
   * @param {Refused} [refusal]
   */
  #turn(state, refusal) {
    this.state = state;
    this.options.onState?.(state, refusal);
  }
}
