import { JitterBuffer } from "./jitter.js";
import { Stretch } from "./stretch.js";

const REPORT_EVERY = 2400; // samples, 50 ms

class Jitter extends AudioWorkletProcessor {
  buffer = new JitterBuffer();
  stretch = new Stretch(this.buffer);
  tap = false;
  heard = false;
  sinceReport = 0;
  received = 0; // samples, ever: what was sent and is not among them is still on its way here
  taped = new Float32Array(REPORT_EVERY);
  tapedAt = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.take(data);
  }

  /** @param {any} order */
  take(order) {
    if (order.chunk) this.push(order.chunk);
    if (order.gap) this.buffer.gap(order.gap.units, order.gap.t);
    if (order.prebufferMs) this.buffer.setPrebuffer(order.prebufferMs);
    if (order.rate) this.stretch.rate = order.rate;
    if (order.clear) [this.buffer, this.stretch].forEach((store) => store.clear());
    if ("tap" in order) this.tap = order.tap;
  }

  /** @param {import("./jitter.js").Chunk} chunk */
  push(chunk) {
    this.received += chunk.pcm.length;
    this.buffer.push(chunk);
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, outputs) {
    const out = outputs[0][0];
    const first = this.stretch.pull(out);
    if (first >= 0 && !this.heard) this.firstSound(first);
    for (const other of outputs[0].slice(1)) other.set(out);
    if (this.tap) this.keep(out);
    this.report(out.length);
    return true;
  }

  /** @param {number} index */
  firstSound(index) {
    this.heard = true;
    this.port.postMessage({ firstSound: currentTime + index / sampleRate });
  }

  /** @param {Float32Array} out */
  keep(out) {
    if (this.tapedAt + out.length > this.taped.length) {
      this.port.postMessage({ tape: this.taped.slice(0, this.tapedAt), until: currentTime });
      this.tapedAt = 0;
    }
    this.taped.set(out, this.tapedAt);
    this.tapedAt += out.length;
  }

  /** @param {number} length */
  report(length) {
    this.sinceReport += length;
    if (this.sinceReport < REPORT_EVERY) return;
    this.sinceReport = 0;
    const { t, bufferMs, playing, underruns } = this.buffer;
    this.port.postMessage({ report: { t, bufferMs, playing, underruns, received: this.received } });
  }
}

registerProcessor("jitter", Jitter);
