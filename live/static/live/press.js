// One big button: hold to talk, or tap to lock and press again to send. The space bar does the same.

const TAP_MS = 350;

/**
 * @typedef {object} PressHooks
 * @property {() => boolean} mayStart
 * @property {() => void} onStart
 * @property {() => void} onStop
 * @property {() => void} onLock
 */

export class Press {
  /** @type {"idle"|"held"|"locked"} */
  state = "idle";
  #since = 0;

  /**
   * @param {HTMLElement} button
   * @param {PressHooks} hooks
   * @param {() => number} [now]
   */
  constructor(button, hooks, now = () => performance.now()) {
    this.button = button;
    this.hooks = hooks;
    this.now = now;
    this.#wire();
  }

  down() {
    if (this.state === "locked") return this.stop();
    if (this.state !== "idle" || !this.hooks.mayStart()) return;
    this.state = "held";
    this.#since = this.now();
    this.hooks.onStart();
  }

  up() {
    if (this.state !== "held") return;
    if (this.now() - this.#since < TAP_MS) this.lock();
    else this.stop();
  }

  /** Go on without a finger: a tap, or the system took the pointer away mid-sentence. */
  lock() {
    if (this.state !== "held") return;
    this.state = "locked";
    this.hooks.onLock();
  }

  stop() {
    if (this.state === "idle") return;
    this.state = "idle";
    this.hooks.onStop();
  }

  #wire() {
    const { button } = this;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.down();
    });
    button.addEventListener("pointerup", () => this.up());
    button.addEventListener("pointercancel", () => this.lock());
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", (event) => event.detail === 0 && this.#toggle());
    document.addEventListener("keydown", (event) => this.#key(event, true));
    document.addEventListener("keyup", (event) => this.#key(event, false));
    addEventListener("blur", () => this.lock());
  }

  /** Enter, or an assistive technology's "activate": there is no holding, so it locks. */
  #toggle() {
    if (this.state !== "idle") return this.stop();
    this.down();
    this.lock();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {boolean} down
   */
  #key(event, down) {
    if (event.code !== "Space" || event.ctrlKey || event.metaKey || event.altKey) return;
    const other = event.target instanceof Element && event.target.closest("input, select, textarea, button, a, summary, dialog");
    if (other && other !== this.button) return;
    event.preventDefault();
    if (down && !event.repeat) this.down();
    else if (!down) this.up();
  }
}
