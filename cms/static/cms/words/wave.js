// The outline of the sound with the lines on it as bands, whose edges are moved by hand or with the arrow keys.
import { shortTime } from "./cues.js";

/** @typedef {import("./cues.js").Cue} Cue */
/** @typedef {"start" | "end"} Edge */
/** @typedef {{seek: (ms: number) => void, move: (index: number, edge: Edge, ms: number) => void}} Hands */

const HEIGHT = 255;
const PX_PER_SECOND = 40; // a line of one second can be taken by either end
const NUDGE = 100; // ms
const FAR = 1000;
const SVG = "http://www.w3.org/2000/svg";
const NAMES = { start: () => gettext("第 %s 句开始"), end: () => gettext("第 %s 句结束") };

export class Wave {
  #length = 0;
  #from = 0;
  #cues = /** @type {Cue[]} */ ([]);
  #bands = /** @type {Map<number, HTMLElement>} */ (new Map());
  #held = /** @type {{index: number, edge: Edge} | null} */ (null);

  /**
   * @param {HTMLElement} root with a strip to work on, and above it the whole, for where it is longer than the strip
   * @param {Hands} hands
   */
  constructor(root, hands) {
    this.root = root;
    this.hands = hands;
    this.strip = /** @type {HTMLElement} */ (root.querySelector("[data-strip]"));
    this.whole = /** @type {HTMLElement} */ (root.querySelector("[data-whole]"));
    this.#held = null;
    this.strip.addEventListener("pointerdown", (event) => this.#take(event));
    this.strip.addEventListener("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.strip.addEventListener(name, () => (this.#held = null));
    this.strip.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["pointerdown", "pointermove"])
      this.whole.addEventListener(name, (event) => event instanceof PointerEvent && this.#seekInWhole(event));
    new ResizeObserver(() => this.#draw()).observe(this.strip);
  }

  /**
   * How long the sound is; nothing is shown before that is known.
   * @param {number} ms
   */
  lasts(ms) {
    if (!(ms > 0 && Number.isFinite(ms)) || this.#length) return;
    this.#length = ms;
    this.root.hidden = false;
    this.#draw();
  }

  /**
   * The outline as the worker has made it; the bands are there without it too.
   * @param {string} url
   */
  async load(url) {
    const response = url ? await fetch(url).catch(() => null) : null;
    const made = response?.ok ? await response.json().catch(() => null) : null;
    if (!made?.peaks?.length) return;
    this.lasts(made.duration_ms);
    for (const place of [this.strip, this.whole]) place.prepend(outline(made.peaks, this.#length));
    this.#draw();
  }

  /** @param {Cue[]} cues */
  show(cues) {
    this.#cues = cues;
    this.#draw();
  }

  /**
   * Where it is heard now; while it plays, the strip goes along.
   * @param {number} ms
   * @param {boolean} isPlaying
   */
  follow(ms, isPlaying) {
    if (isPlaying && !this.#held) this.look(ms);
    for (const [place, from, span] of this.#places()) {
      const head = /** @type {HTMLElement} */ (place.querySelector("[data-head]"));
      head.style.insetInlineStart = `${((ms - from) / span) * 100}%`;
      head.hidden = ms < from || ms > from + span;
    }
  }

  /**
   * Bring a moment into the strip.
   * @param {number} ms
   */
  look(ms) {
    const span = this.#span();
    if (ms >= this.#from && ms <= this.#from + span * 0.9) return;
    this.#from = Math.max(0, Math.min(ms - span * 0.1, this.#length - span));
    this.#draw();
  }

  /** @returns {[HTMLElement, number, number][]} each place, from when and for how long it shows the sound */
  #places() {
    return [
      [this.strip, this.#from, this.#span()],
      [this.whole, 0, this.#length],
    ];
  }

  #span() {
    const fits = (this.strip.clientWidth / PX_PER_SECOND) * 1000;
    return this.#length < fits * 1.5 ? this.#length : fits;
  }

  #draw() {
    if (!this.#length || !this.strip.clientWidth) return;
    const span = this.#span();
    this.#from = Math.max(0, Math.min(this.#from, this.#length - span));
    this.whole.hidden = span === this.#length;
    for (const [place, from, width] of this.#places())
      place.querySelector("svg")?.setAttribute("viewBox", `${from} 0 ${width} ${HEIGHT}`);
    const view = /** @type {HTMLElement} */ (this.whole.querySelector("[data-view]"));
    view.style.insetInlineStart = `${(this.#from / this.#length) * 100}%`;
    view.style.inlineSize = `${(span / this.#length) * 100}%`;
    this.#drawBands(span);
  }

  /**
   * Only those in sight; one that is held or has the focus stays the same element.
   * @param {number} span
   */
  #drawBands(span) {
    const until = this.#from + span;
    const seen = this.#cues.flatMap((cue, index) => (cue.end > this.#from && cue.start < until ? [index] : []));
    for (const [index, band] of this.#bands)
      if (!seen.includes(index)) {
        band.remove();
        this.#bands.delete(index);
      }
    for (const index of seen) this.#place(index, span);
  }

  /**
   * @param {number} index
   * @param {number} span
   */
  #place(index, span) {
    const cue = this.#cues[index];
    const band = this.#bands.get(index) ?? this.#made(index);
    band.style.insetInlineStart = `${((cue.start - this.#from) / span) * 100}%`;
    band.style.inlineSize = `${(Math.max(cue.end - cue.start, 0) / span) * 100}%`;
    /** @type {HTMLElement} */ (band.querySelector("span")).textContent = `${index + 1} ${cue.text}`;
    for (const edge of /** @type {Edge[]} */ (["start", "end"])) {
      const handle = /** @type {HTMLElement} */ (band.querySelector(`[data-edge=${edge}]`));
      handle.setAttribute("aria-valuenow", String(cue[edge]));
      handle.setAttribute("aria-valuetext", shortTime(cue[edge]));
    }
  }

  /** @param {number} index */
  #made(index) {
    const band = document.createElement("div");
    band.className = "wave-cue";
    band.dataset.index = String(index);
    const words = document.createElement("span");
    words.ariaHidden = "true";
    band.append(this.#handle(index, "start"), words, this.#handle(index, "end"));
    this.#bands.set(index, band);
    const next = [...this.#bands].filter(([other]) => other > index).sort(([one], [other]) => one - other)[0];
    this.strip.insertBefore(band, next?.[1] ?? null);
    return band;
  }

  /**
   * @param {number} index
   * @param {Edge} edge
   */
  #handle(index, edge) {
    const handle = document.createElement("i");
    handle.dataset.edge = edge;
    handle.tabIndex = 0;
    const facts = { role: "slider", "aria-valuemin": "0", "aria-valuemax": String(this.#length) };
    for (const [name, value] of Object.entries(facts)) handle.setAttribute(name, value);
    handle.ariaLabel = interpolate(NAMES[edge](), [index + 1]);
    return handle;
  }

  /** @param {PointerEvent} event */
  #take(event) {
    if (event.button) return;
    this.#held = this.#edgeOf(event.target);
    this.strip.setPointerCapture(event.pointerId);
    if (this.#held) /** @type {HTMLElement} */ (event.target).focus({ preventScroll: true });
    else this.hands.seek(this.#msAt(event, this.strip, this.#from, this.#span()));
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (!this.strip.hasPointerCapture(event.pointerId)) return;
    const ms = this.#msAt(event, this.strip, this.#from, this.#span());
    if (this.#held) this.hands.move(this.#held.index, this.#held.edge, ms);
    else this.hands.seek(ms);
  }

  /** @param {PointerEvent} event */
  #seekInWhole(event) {
    if (!(event.buttons & 1)) return;
    const ms = this.#msAt(event, this.whole, 0, this.#length);
    this.look(ms);
    this.hands.seek(ms);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const held = this.#edgeOf(event.target);
    if (!step || !held || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const ms = this.#cues[held.index][held.edge] + step * (event.shiftKey ? FAR : NUDGE);
    this.hands.move(held.index, held.edge, ms);
  }

  /** @param {EventTarget | null} target */
  #edgeOf(target) {
    const handle = target instanceof HTMLElement ? target.closest("[data-edge]") : null;
    const band = handle?.parentElement;
    if (!(handle instanceof HTMLElement) || !band) return null;
    return { index: Number(band.dataset.index), edge: /** @type {Edge} */ (handle.dataset.edge) };
  }

  /**
   * @param {PointerEvent} event
   * @param {HTMLElement} place
   * @param {number} from
   * @param {number} span
   */
  #msAt(event, place, from, span) {
    const box = place.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return Math.round(from + part * span);
  }
}

/**
 * One figure in milliseconds, of which each place shows its part.
 * @param {number[]} peaks 0 to 255
 * @param {number} length
 */
function outline(peaks, length) {
  const step = length / peaks.length;
  const half = (/** @type {number} */ peak) => Math.max(peak / 2, 1);
  const points = (/** @type {number} */ side) => peaks.map((peak, n) => `${Math.round((n + 0.5) * step)},${HEIGHT / 2 + side * half(peak)}`);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "polygon");
  shape.setAttribute("points", [...points(-1), ...points(1).reverse()].join(" "));
  svg.append(shape);
  return svg;
}
