// Speaking into the phone: a level, a timer, an end after five minutes; what comes out is a file.
import { clock, find } from "../web/js/words.js";
import { hush } from "./alone.js";

const LONGEST_MS = 5 * 60_000;
const RATE = 32_000; // bit/s
const FORMS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** @type {Record<string, () => string>} */
const TROUBLES = {
  NotAllowedError: () => gettext("没有得到麦克风的许可。请在浏览器设置里允许，或者传一段录音。"),
  NotFoundError: () => gettext("没有找到麦克风。可以传一段录音。"),
  NotReadableError: () => gettext("麦克风正被别的程序用着。关掉它再试。"),
};

export class Recorder {
  /** @type {MediaRecorder | null} */
  #tape = null;
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #beat;
  #began = 0;
  #isWanted = false;

  /**
   * @param {HTMLElement} root as courses/homework/_recorder.html has it
   * @param {{onDone: (file: Blob, name: string) => void, onTrouble: (sentence: string) => void}} hooks
   */
  constructor(root, hooks) {
    this.root = root;
    this.hooks = hooks;
    if (!("MediaRecorder" in window) || !navigator.mediaDevices?.getUserMedia) return;
    root.hidden = false;
    find("[data-record]", root).addEventListener("click", () => this.#start());
    find("[data-stop]", root).addEventListener("click", () => this.stop(true));
    find("[data-cancel]", root).addEventListener("click", () => this.stop(false));
  }

  get isOn() {
    return this.#tape !== null;
  }

  async #start() {
    if (this.isOn) return;
    this.hooks.onTrouble("");
    hush();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
      this.#roll(stream);
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      this.hooks.onTrouble(TROUBLES[name]?.() ?? gettext("录不了音。可以传一段录音。"));
    }
  }

  /** @param {MediaStream} stream */
  #roll(stream) {
    const mimeType = FORMS.find((form) => MediaRecorder.isTypeSupported(form));
    const tape = (this.#tape = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: RATE }));
    /** @type {Blob[]} */
    const parts = [];
    tape.ondataavailable = ({ data }) => parts.push(data);
    tape.onstop = () => this.#ended(stream, new Blob(parts, { type: tape.mimeType }));
    tape.start(1000);
    this.#began = performance.now();
    this.#isWanted = true; // also when the microphone is pulled out: what was said is kept
    this.#watch(stream);
    this.#show(true);
    find("[data-stop]", this.root).focus();
  }

  /** @param {MediaStream} stream */
  #watch(stream) {
    const context = (this.#context = new AudioContext());
    const ear = context.createAnalyser();
    ear.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(ear);
    const wave = new Float32Array(ear.fftSize);
    const level = /** @type {HTMLMeterElement} */ (find("[data-level]", this.root));
    const time = find("[data-time]", this.root);
    this.#beat = setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      level.value = loudness(wave);
      const ms = performance.now() - this.#began;
      time.textContent = clock(ms);
      if (ms >= LONGEST_MS) this.stop(true);
    }, 100);
  }

  /** @param {boolean} isWanted whether to keep what was said */
  stop(isWanted) {
    this.#isWanted = isWanted;
    if (this.#tape?.state === "recording") this.#tape.stop();
  }

  /**
   * @param {MediaStream} stream
   * @param {Blob} sound
   */
  #ended(stream, sound) {
    clearInterval(this.#beat);
    for (const track of stream.getTracks()) track.stop();
    this.#context?.close();
    this.#tape = this.#context = null;
    this.#show(false);
    if (!this.#isWanted || !sound.size) return;
    const end = sound.type.includes("mp4") ? "m4a" : sound.type.includes("ogg") ? "ogg" : "webm";
    this.hooks.onDone(sound, `${gettext("录音")}.${end}`);
  }

  /** @param {boolean} isOn */
  #show(isOn) {
    find("[data-on]", this.root).hidden = !isOn;
    find("[data-record]", this.root).hidden = isOn;
  }
}

/**
 * Of a stretch of sound, from 0 to 1: a whisper moves it, and a shout fills it.
 * @param {Float32Array} wave
 */
export function loudness(wave) {
  const power = wave.reduce((sum, value) => sum + value * value, 0) / (wave.length || 1);
  const db = 10 * Math.log10(power + 1e-9);
  return Math.max(0, Math.min(1, (db + 60) / 50));
}
