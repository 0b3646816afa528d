// How loud the teacher is: a ring of ticks around the microphone, a dB scale, and one plain word.

const FLOOR_DB = -60;
const TICKS = 72;
const SVG = "http://www.w3.org/2000/svg";
const QUIET_DB = -36;
const SILENT_DB = -54;
const CLIP_PEAK = 0.985;
const HOLD_MS = 1500;

/** @param {number} value */
export const decibels = (value) => Math.max(FLOOR_DB, 20 * Math.log10(value + 1e-6));

/**
 * What to tell the teacher about the last moments.
 * @param {{db: number, clippedMs: number, quietMs: number}} heard
 * @returns {"silent"|"quiet"|"good"|"loud"}
 */
export function verdict({ db, clippedMs, quietMs }) {
  if (clippedMs < HOLD_MS) return "loud";
  if (quietMs > HOLD_MS) return db < SILENT_DB ? "silent" : "quiet";
  return "good";
}

export class Meter {
  #clippedAt = -Infinity;
  #loudAt = 0;
  #drawnAt = 0;
  #drawnDb = FLOOR_DB;
  db = FLOOR_DB;

  /**
   * @param {SVGSVGElement} ring
   * @param {HTMLElement} scale
   */
  constructor(ring, scale) {
    this.scale = scale;
    this.ticks = Array.from({ length: TICKS }, (_, index) => ring.appendChild(tick(index)));
  }

  /** @param {{rms: number, peak: number}} block 20 ms */
  hear({ rms, peak }) {
    const now = performance.now();
    this.db = Math.max(decibels(rms), this.db - 1.2);
    if (peak >= CLIP_PEAK) this.#clippedAt = now;
    if (this.db > QUIET_DB) this.#loudAt = now;
    if (now - this.#drawnAt < 50) return;
    this.#drawnAt = now;
    this.#draw();
  }

  get verdict() {
    const now = performance.now();
    return verdict({ db: this.db, clippedMs: now - this.#clippedAt, quietMs: now - this.#loudAt });
  }

  #draw() {
    if (Math.abs(this.db - this.#drawnDb) < 0.5) return;
    this.#drawnDb = this.db;
    const share = (this.db - FLOOR_DB) / -FLOOR_DB;
    this.scale.style.setProperty("--level", `${Math.round(share * 100)}%`);
    this.ticks.forEach((line, index) => {
      const height = 1 - Math.min(index, TICKS - index) / (TICKS / 2);
      line.classList.toggle("on", height < share);
    });
  }
}

/** @param {number} index */
function tick(index) {
  const line = document.createElementNS(SVG, "line");
  const angle = (index / TICKS) * 360;
  const long = 6 + 5 * Math.abs(Math.sin(index * 1.7)); // uneven on purpose: a brush, not a gauge
  line.setAttribute("x1", "100");
  line.setAttribute("x2", "100");
  line.setAttribute("y1", "14");
  line.setAttribute("y2", String(14 - long));
  line.setAttribute("transform", `rotate(${angle} 100 100)`);
  return line;
}
