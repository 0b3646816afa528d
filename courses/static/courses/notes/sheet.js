// On a phone the notes wait in a sheet that comes up over the player, where the player has a button for it; else they stand in the page.
const NARROW = "(width < 1100px)";

export class Sheet {
  /**
   * @param {HTMLElement} aside
   * @param {HTMLElement} body
   * @param {AbortSignal} signal
   */
  constructor(aside, body, signal) {
    this.aside = aside;
    this.body = body;
    this.dialog = /** @type {HTMLDialogElement} */ (aside.querySelector("[data-notes-sheet]"));
    this.narrow = matchMedia(NARROW);
    this.narrow.addEventListener("change", () => this.#settle(), { signal });
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.close(), { signal });
    this.#settle();
  }

  /** Whether it waits out of sight until it is asked for. */
  get isSheet() {
    return this.narrow.matches && document.querySelector("[data-do='note']") !== null;
  }

  /** Where it stands by itself it only comes into view. */
  open() {
    if (!this.isSheet) this.body.scrollIntoView({ block: "nearest" });
    else if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }

  #settle() {
    const { isSheet } = this;
    this.dialog.close();
    if (isSheet) this.dialog.append(this.body);
    else this.aside.prepend(this.body);
    this.aside.toggleAttribute("data-sheeted", isSheet);
    const close = this.body.querySelector("[data-close]");
    if (close instanceof HTMLElement) close.hidden = !isSheet;
  }
}
