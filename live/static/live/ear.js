// The loudspeaker side: one AudioContext opened inside a tap, the worklet buffer, and what is known about what was heard.
import { RATE, UNIT_SAMPLES } from "./jitter.js";
import { Tape } from "./tape.js";
import { packetUnits } from "./wire.js";

/** @typedef {{t: number | null, bufferMs: number, playing: boolean, underruns: number, received: number}} Report */

/** The largest piece by far: not part of the page's first load, and there before the tap when the browser has a moment. */
export const loadDecoder = () => import("./decoder.js");

export class Ear {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {AudioWorkletNode | null} */
  #node = null;
  /** @type {((packet: Uint8Array) => Float32Array<ArrayBuffer>) | null} */
  #decode = null;
  /** @type {Report} */
  report = { t: null, bufferMs: 0, playing: false, underruns: 0, received: 0 };
  #sent = 0;
  decodedMs = 0;
  /** How loud the last packet was, 0–1, for drawing. */
  loudness = 0;
  /** @type {number | null} */
  firstSoundAt = null;
  tape = new Tape();

  /** @param {{onReport: () => void, onFirstSound: () => void, onInterrupted: (stopped: boolean) => void}} hooks */
  constructor(hooks) {
    this.hooks = hooks;
  }

  /** Call inside a tap: that is the only moment a browser lets sound begin. */
  async open() {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    this.#context = context;
    const resumed = context.resume();
    context.onstatechange = () => this.hooks.onInterrupted(context.state !== "running");
    const [decode] = await Promise.all([
      loadDecoder().then(({ openDecoder }) => openDecoder()),
      context.audioWorklet.addModule(new URL("./jitter-worklet.js", import.meta.url)),
    ]);
    this.#decode = decode;
    this.#node = new AudioWorkletNode(context, "jitter", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => this.#hear(data);
    this.#node.connect(context.destination);
    this.setTap(localStorage.qunkeTap === "1");
    await resumed;
  }

  get isOpen() {
    return this.#node !== null;
  }

  /** After a phone call or a lock screen; again only inside a tap. */
  async wake() {
    await this.#context?.resume();
  }

  /** What is in store or on its way there, ms: a report may be old by the time it is read. */
  get waitingMs() {
    return this.report.bufferMs + (this.#sent - this.report.received) / (RATE / 1000);
  }

  /** @param {number} ms how much to hold before speaking */
  setPrebuffer(ms) {
    this.#node?.port.postMessage({ prebufferMs: ms });
  }

  /** @param {number} rate 1–2: faster, but no higher */
  setRate(rate) {
    this.#node?.port.postMessage({ rate });
  }

  /** @param {boolean} tap */
  setTap(tap) {
    this.#node?.port.postMessage({ tap });
  }

  /**
   * @param {Uint8Array} packet
   * @param {number} t
   * @param {boolean} ends
   */
  play(packet, t, ends) {
    const pcm = this.#decode?.(packet) ?? new Float32Array(packetUnits(packet) * UNIT_SAMPLES);
    this.decodedMs += pcm.length / (RATE / 1000);
    this.#sent += pcm.length;
    this.loudness = this.loudness * 0.7 + 0.3 * loudnessOf(pcm);
    this.#node?.port.postMessage({ chunk: { pcm, t, ends } }, [pcm.buffer]);
  }

  /** The clip is over without another packet: what is in store may be heard at once. @param {number} t */
  finish(t) {
    this.#node?.port.postMessage({ chunk: { pcm: new Float32Array(0), t, ends: true } });
  }

  /**
   * @param {number} units
   * @param {number} t
   */
  gap(units, t) {
    this.#node?.port.postMessage({ gap: { units, t } });
  }

  clear() {
    this.#node?.port.postMessage({ clear: true });
  }

  /** @param {any} message */
  #hear(message) {
    if (message.report) {
      this.report = message.report;
      this.hooks.onReport();
    } else if (message.tape) {
      this.tape.keep(message.tape, this.#wallClock(message.until));
    } else if (message.firstSound !== undefined) {
      this.firstSoundAt = this.#wallClock(message.firstSound);
      this.hooks.onFirstSound();
    }
  }

  /**
   * When a moment of the audio clock reaches the loudspeaker, in ms since 1970.
   * @param {number} contextTime seconds
   */
  #wallClock(contextTime) {
    const context = /** @type {AudioContext} */ (this.#context);
    const stamp = context.getOutputTimestamp?.();
    if (stamp?.performanceTime && stamp.contextTime !== undefined)
      return performance.timeOrigin + stamp.performanceTime + (contextTime - stamp.contextTime) * 1000;
    return performance.timeOrigin + performance.now() + (contextTime - context.currentTime) * 1000;
  }
}

/** @param {Float32Array} pcm */
function loudnessOf(pcm) {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  const db = 10 * Math.log10(sum / Math.max(1, pcm.length) + 1e-9);
  return Math.max(0, Math.min(1, (db + 55) / 45));
}
