// The form in which a note is written. What is in it outlives the page, until it is kept or given up.
import { clock, find } from "../../web/js/words.js";

/** @typedef {{uid?: string, ms: number | null, quote: string, text?: string}} Beginning */

export class Writing {
  /** @type {Beginning} */
  #of = { ms: null, quote: "" };

  /**
   * @param {HTMLElement} body
   * @param {import("./keeper.js").Draft} draft
   * @param {(said: {uid?: string, ms: number | null, quote: string, text: string}) => void} onKeep
   * @param {AbortSignal} signal
   */
  constructor(body, draft, onKeep, signal) {
    this.draft = draft;
    this.onKeep = onKeep;
    this.opener = find("[data-open]", body);
    this.words = find("[data-open-words]", body);
    this.form = /** @type {HTMLFormElement} */ (find("[data-write]", body));
    this.text = /** @type {HTMLTextAreaElement} */ (find("textarea", this.form));
    this.quoted = /** @type {HTMLInputElement} */ (find("[data-with-quote]", this.form));
    find("[data-typed]", this.form).hidden = true;
    const cancel = find("[data-cancel]", this.form);
    cancel.hidden = false;
    cancel.addEventListener("click", () => this.#give(), { signal });
    this.form.addEventListener("submit", (event) => this.#keep(event), { signal });
    this.form.addEventListener("input", () => this.#remember(), { signal });
    this.form.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#close();
    this.#comeBack();
  }

  /** At which moment a note would be written now. @param {number | null} ms */
  tell(ms) {
    const words = ms === null ? gettext("记一笔") : interpolate(gettext("在 %s 记一笔"), [clock(ms)]);
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  /** A new one; or, with a `uid`, other words for one that is there. @param {Beginning} note */
  begin(note) {
    const isHere = this.isBegun && (!note.uid || note.uid === this.#of.uid);
    if (!isHere) this.#open(this.draft.of(note.uid) ?? note); // what stands here is a draft, and comes back after this one
    this.text.focus();
    this.form.scrollIntoView({ block: "nearest" });
  }

  /** Whether something is written here that nobody should lose. */
  get isBegun() {
    return !this.form.hidden && Boolean(this.text.value.trim());
  }

  /** @param {Beginning & {withQuote?: boolean}} note */
  #open(note) {
    this.#of = note;
    const { uid, ms, quote, text = "" } = note;
    find("[data-at-words]", this.form).textContent = ms === null ? gettext("整节") : interpolate(gettext("在 %s"), [clock(ms)]);
    find("[data-quoted]", this.form).textContent = quote;
    find(".quote-this", this.form).hidden = !quote || Boolean(uid);
    this.quoted.checked = note.withQuote ?? false;
    this.text.value = text;
    this.form.hidden = false;
    this.opener.hidden = true;
  }

  #close() {
    this.form.hidden = true;
    this.opener.hidden = false;
    this.text.value = "";
    this.text.removeAttribute("aria-invalid");
  }

  #give() {
    this.draft.drop(this.#of.uid);
    this.#close();
    this.opener.focus();
    this.#comeBack();
  }

  /** Another one that was begun before. */
  #comeBack() {
    const left = this.draft.kept;
    if (left) this.#open(left);
  }

  #remember() {
    this.text.removeAttribute("aria-invalid");
    const { uid, ms, quote } = this.#of;
    this.draft.keep({ uid, ms, quote, text: this.text.value, withQuote: this.quoted.checked });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
  }

  /** @param {SubmitEvent} event */
  #keep(event) {
    event.preventDefault();
    const { uid, ms, quote } = this.#of;
    const text = this.text.value.trim();
    const taken = this.quoted.checked ? quote : "";
    if (!uid && !text && !taken) {
      this.text.setAttribute("aria-invalid", "true");
      return this.text.focus();
    }
    this.draft.drop(uid);
    this.#close();
    this.opener.focus({ preventScroll: true });
    this.onKeep({ uid, ms, quote: taken, text });
    this.#comeBack();
  }
}
