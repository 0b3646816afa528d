// Honest ear-time, in the browser: a companion of the player. See docs/ear-time.md.
import { ours, readTicket, TicketClock } from "./heard-clock.js";
import { Meter } from "./heard-meter.js";
import { Post } from "./heard-post.js";
import { Shelf } from "./heard-shelf.js";

const EVERY_MS = 15_000;

/**
 * @typedef {object} Programme what of it matters here; see courses/programme.py
 * @property {string} [ticket]
 * @property {string} [report] where to
 * @property {string} [token]
 */

/**
 * @typedef {object} World what a test may replace
 * @property {import("./heard-clock.js").Time} time
 * @property {Shelf} shelf
 * @property {Post} post
 * @property {EventTarget} window
 * @property {EventTarget & {visibilityState?: string, cookie?: string}} document
 */

/** @type {World | null} */
let browser = null;

/** @returns {World} */
function theirs() {
  browser ??= fromHere(new Shelf());
  return browser;
}

/** @param {Shelf} shelf */
function fromHere(shelf) {
  return { time: ours, shelf, post: new Post(shelf, ours), window: globalThis.window, document: globalThis.document };
}

/**
 * Count what is heard of a programme, and tell the school, until it is stopped. A programme without a ticket is nobody's.
 * @param {{audio: HTMLMediaElement, programme: Programme}} played
 * @param {World} [world]
 * @returns {{stop: () => void}}
 */
export function listen({ audio, programme }, world = theirs()) {
  if (!programme.ticket || !programme.report) return { stop: () => {} };
  const listening = new Listening(audio, programme, world);
  return { stop: () => listening.stop() };
}

/**
 * What an earlier page could not send. The app asks at its start where there is something, and this again when the network is
 * back. Whose it is decides who is signed in: nothing is sent for anybody else.
 * @param {World} [world]
 */
export async function flush(world = theirs()) {
  const { shelf, post, time, window } = world;
  shelf.tidy(time.wall() - shelf.ahead);
  window.addEventListener("online", () => flush(world), { once: true });
  const left = shelf.any();
  const who = left && (await post.who(left.report));
  if (who) await post.send(who.listener, { token: who.token });
}

class Listening {
  #over = new AbortController();
  #sentAt;

  /**
   * @param {HTMLMediaElement} audio
   * @param {Programme} programme
   * @param {World} world
   */
  constructor(audio, programme, world) {
    this.audio = audio;
    this.programme = programme;
    this.world = world;
    this.ticket = readTicket(programme.ticket ?? "");
    world.shelf.see(this.ticket.issued, world.time.wall());
    this.clock = new TicketClock(this.ticket.issued, () => world.shelf.ahead, world.time);
    this.#sentAt = world.time.steady();
    const { signal } = this.#over;
    this.meter = new Meter(audio, this.clock, (span) => this.#keep(span), signal);
    this.#wire(signal);
  }

  stop() {
    this.meter.end();
    this.#over.abort();
    this.#send();
  }

  /** @param {AbortSignal} signal */
  #wire(signal) {
    const { window, document } = this.world;
    for (const name of ["pause", "ended", "seeked"]) this.audio.addEventListener(name, () => this.#place(), { signal });
    for (const name of ["pause", "ended"]) this.audio.addEventListener(name, () => this.#put(), { signal });
    this.audio.addEventListener("timeupdate", () => this.#isTime() && this.#put(), { signal });
    window.addEventListener("online", () => this.#put({ isBack: true }), { signal });
    window.addEventListener("pagehide", () => this.#put({ isLast: true }), { signal });
    const hidden = () => document.visibilityState === "hidden" && this.#put({ isLast: true });
    document.addEventListener("visibilitychange", hidden, { signal });
  }

  #isTime() {
    return this.world.time.steady() - this.#sentAt >= EVERY_MS;
  }

  /** @param {import("./heard-meter.js").Span} span */
  #keep(span) {
    this.world.shelf.put(this.ticket, { ...this.#address(), span });
    this.#place();
  }

  /** They have moved. A page that only lies open is nowhere; before anything was played the place stays what it was. */
  #place() {
    if (!this.audio.played.length) return;
    const place = { ms: Math.round(this.audio.currentTime * 1000), at: this.clock.now };
    this.world.shelf.put(this.ticket, { ...this.#address(), place });
  }

  #address() {
    return { ticket: this.programme.ticket ?? "", report: this.programme.report ?? "" };
  }

  /** @param {{isLast?: boolean, isBack?: boolean}} [how] */
  #put(how) {
    this.meter.pin();
    this.#send(how);
  }

  /** @param {{isLast?: boolean, isBack?: boolean}} [how] */
  #send(how) {
    const { post, document, time } = this.world;
    this.#sentAt = time.steady();
    const token = tokenOf(document) || (this.programme.token ?? "");
    return post.send(this.ticket.person, { ...how, token, onArrived: ({ span }) => span && this.meter.arrived(span) });
  }
}

/** @param {{cookie?: string}} document */
function tokenOf({ cookie = "" }) {
  return cookie.split("; ").find((part) => part.startsWith("csrftoken="))?.slice("csrftoken=".length) ?? "";
}
