// The outline of the sound under the bar: what was heard in jade. Drawn from the peaks that the school measured, 0 to 255 each.
const BAR_PX = 2;
const GAP_PX = 2;
const LEAST = 0.06;

export class Wave {
  /** @type {number[]} */
  #peaks = [];
  #part = 0;
  #drawn = "";

  /** @param {Element | null} canvas nothing where a page shows none */
  constructor(canvas) {
    this.canvas = canvas instanceof HTMLCanvasElement ? canvas : null;
  }

  /** @param {import("./sound.js").Programme} programme */
  async show({ peaks: url }) {
    if (!this.canvas || !url) return;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) return;
    this.#peaks = (await answer.json()).peaks;
    this.canvas.parentElement?.setAttribute("data-has-wave", "");
    this.at(this.#part);
  }

  /** @param {number} part of the whole that is behind, 0 to 1 */
  at(part) {
    this.#part = part;
    const { canvas } = this;
    if (!canvas || !this.#peaks.length) return;
    const { clientWidth: width, clientHeight: height } = canvas;
    const step = BAR_PX + GAP_PX;
    const count = Math.floor(width / step);
    const behind = Math.round(part * count);
    const theme = getComputedStyle(canvas).color;
    const key = [width, behind, theme].join();
    if (!width || key === this.#drawn) return;
    this.#drawn = key;
    this.#draw(canvas, { width, height, count, behind });
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{width: number, height: number, count: number, behind: number}} size in CSS pixels and bars
   */
  #draw(canvas, { width, height, count, behind }) {
    const scale = devicePixelRatio || 1;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const brush = canvas.getContext("2d");
    if (!brush) return;
    brush.scale(scale, scale);
    const style = getComputedStyle(canvas);
    const [heard, unheard] = [style.color, style.accentColor];
    for (let bar = 0; bar < count; bar++) {
      const tall = Math.max(LEAST, this.#peak(bar / count, (bar + 1) / count)) * height;
      brush.fillStyle = bar < behind ? heard : unheard;
      brush.fillRect(bar * (BAR_PX + GAP_PX), (height - tall) / 2, BAR_PX, tall);
    }
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  #peak(from, to) {
    const all = this.#peaks;
    const some = all.slice(Math.floor(from * all.length), Math.max(Math.floor(from * all.length) + 1, Math.floor(to * all.length)));
    return Math.max(0, ...some) / 255;
  }
}
