// The homework of a lesson: what is written is kept while one writes, and files travel as soon as they are chosen.
import { find } from "../web/js/words.js";
import { speaksAlone } from "./alone.js";
import { post, Refused } from "./asking.js";
import { lighter } from "./lighter.js";
import { Recorder } from "./recorder.js";
import { Sending } from "./sending.js";

const PAUSE_MS = 1500;
/** @type {Panel | null} */
let panel = null;

export function enter() {
  const root = document.querySelector("[data-homework]");
  if (root instanceof HTMLElement) panel = new Panel(root);
}

export function leave() {
  panel?.leave();
  panel = null;
}

/** The whole section; every answer that changes more than files brings it anew. */
class Panel {
  /** @type {Sheet | null} */
  #sheet = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.url = root.dataset.homework ?? "";
    root.classList.add("scripted");
    speaksAlone(root);
    root.addEventListener("submit", (event) => this.#submitted(event));
    if ("writing" in root.dataset) this.#sheet = new Sheet(this);
  }

  leave() {
    this.#sheet?.leave();
  }

  /** @param {SubmitEvent} event */
  #submitted(event) {
    const form = event.target;
    const button = event.submitter;
    if (!(form instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const trouble = button.value === "hand_in" ? this.#sheet?.unready : "";
    if (trouble) this.say(trouble);
    else this.#send(form, button);
  }

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLButtonElement} button
   */
  async #send(form, button) {
    button.disabled = true;
    this.say("");
    await this.#sheet?.settled;
    const body = facts(form);
    body.set(button.name, button.value);
    try {
      this.#told(await post(this.url, body), body.get("text"));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.say(error.message);
      this.#sheet?.found(error.told.elsewhere);
    } finally {
      button.disabled = false;
    }
  }

  /**
   * @param {any} answer
   * @param {unknown} sent the words that went with the question
   */
  #told(answer, sent) {
    if (answer.files !== undefined) this.#sheet?.showFiles(answer.files);
    if (answer.saved) this.#sheet?.saved(answer.saved, sent);
    if (answer.panel !== undefined) this.#exchange(answer.panel);
  }

  /** @param {string} html */
  #exchange(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.querySelector("[data-homework]");
    if (!(fresh instanceof HTMLElement)) return location.reload();
    this.#sheet?.forgetAll();
    leave();
    this.root.replaceWith(fresh);
    enter();
    fresh.tabIndex = -1;
    fresh.focus({ preventScroll: true });
    fresh.scrollIntoView({ block: "start" });
  }

  /** @param {string} sentence */
  say(sentence) {
    const place = this.root.querySelector("[data-trouble]");
    if (place) place.textContent = sentence;
    else if (sentence) alert(sentence);
  }
}

/** What one writes on. */
class Sheet {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #isDirty = false;
  #there = ""; // the version of what another device wrote
  /** @type {string | undefined} */
  #sent;
  /** What is on its way to the school has arrived, or not. @type {Promise<void>} */
  settled = Promise.resolve();

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.form = /** @type {HTMLFormElement} */ (find("form.write", panel.root));
    this.words = /** @type {HTMLTextAreaElement | null} */ (this.form.querySelector("textarea[name=text]"));
    this.version = /** @type {HTMLInputElement} */ (find("[name=version]", this.form));
    this.#there = this.version.value;
    this.sending = new Sending(find("[data-sending]", this.form), panel.url, {
      form: () => facts(this.form),
      onSent: (answer) => this.showFiles(answer.files),
      onChange: () => {},
    });
    const recorder = this.form.querySelector("[data-recorder]");
    this.recorder = recorder instanceof HTMLElement ? new Recorder(recorder, this.#hooks()) : null;
    this.form.addEventListener("change", ({ target }) => this.#chosen(target));
    this.words?.addEventListener("input", () => this.#typed());
    this.form.addEventListener("click", (event) => this.#choose(event));
    addEventListener("beforeunload", this.#warn);
    document.addEventListener("turbo:before-visit", this.#ask);
    this.#restore();
  }

  #hooks() {
    return {
      onDone: (/** @type {Blob} */ file, /** @type {string} */ name) => this.sending.add(file, name, "voice"),
      onTrouble: (/** @type {string} */ sentence) => this.panel.say(sentence),
    };
  }

  get isBusy() {
    return this.sending.isBusy || Boolean(this.recorder?.isOn);
  }

  /** Why it cannot be handed in yet, or nothing. */
  get unready() {
    if (this.isBusy) return gettext("还有东西没传完，传完再交。");
    return this.sending.hasRefused ? gettext("有文件没有收下，去掉它或者换一个，再交。") : "";
  }

  get #key() {
    const { person, number } = this.panel.root.dataset; // several may use one device
    return `homework:${person}:${this.panel.url}:${number}`;
  }

  get #asideKey() {
    return `${this.#key}:aside`;
  }

  /** Going away with files half sent would lose them; words are safe. @param {BeforeUnloadEvent} event */
  #warn = (event) => {
    if (this.isBusy) event.preventDefault();
  };

  /** The same where the page changes below a sound. @param {Event} event */
  #ask = (event) => {
    if (this.isBusy && !confirm(gettext("还有东西没传完，离开就没有了。要离开吗？"))) event.preventDefault();
  };

  leave() {
    removeEventListener("beforeunload", this.#warn);
    document.removeEventListener("turbo:before-visit", this.#ask);
    clearTimeout(this.#later);
    if (this.#isDirty) this.#keep();
    this.recorder?.stop(false);
    this.sending.stop();
  }

  /** The school has it: nothing of it need stay on this device. */
  forget() {
    this.#isDirty = false;
    localStorage.removeItem(this.#key);
  }

  /** Handed in. */
  forgetAll() {
    this.forget();
    localStorage.removeItem(this.#asideKey);
  }

  /** @param {EventTarget | null} target */
  async #chosen(target) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.type === "checkbox") return this.#typed();
    const field = target.name === "voice" ? "voice" : "pictures";
    const files = [...(target.files ?? [])];
    target.value = "";
    for (const file of files) this.sending.add(field === "voice" ? file : await lighter(file), file.name, field);
  }

  /** @param {string} html */
  showFiles(html) {
    this.panel.say("");
    find("[data-files]", this.form).innerHTML = html;
  }

  #typed() {
    this.#isDirty = true;
    this.panel.say("");
    this.#count();
    if (this.words) localStorage.setItem(this.#key, JSON.stringify({ text: this.words.value, base: this.#base }));
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#keep(), PAUSE_MS);
  }

  /** One after the other: each is made from what the one before has written. */
  #keep() {
    return (this.settled = this.settled.catch(() => {}).then(() => this.#save()));
  }

  /** @returns {Promise<void>} */
  async #save() {
    const body = facts(this.form);
    body.set("do", "save");
    const [text, before] = [this.words?.value, this.#sent];
    this.#sent = text;
    try {
      const { saved } = await post(this.panel.url, body);
      this.saved(saved, text);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { elsewhere } = error.told;
      if (elsewhere && elsewhere.text === before) return this.#goOn(elsewhere.version);
      this.#note(error.isFinal ? error.message : gettext("没有连上网，先存在这台设备上"));
      this.found(elsewhere);
    }
  }

  /**
   * What stands there is what was sent from here, and the answer was lost.
   * @param {string} version
   * @returns {Promise<void>}
   */
  #goOn(version) {
    this.#base = version;
    return this.#save();
  }

  /**
   * Another device wrote meanwhile: both stand there until the writer chooses, or joins them.
   * @param {{ text: string, version: string } | undefined} elsewhere
   */
  found(elsewhere) {
    if (!elsewhere) return;
    this.#there = elsewhere.version;
    const box = find("[data-elsewhere]", this.form);
    find("[data-there]", box).textContent = elsewhere.text;
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
  }

  /** @param {Event} event */
  #choose({ target }) {
    const how = target instanceof Element ? target.closest("[data-choose]")?.getAttribute("data-choose") : null;
    if (!how || !this.words) return;
    const box = find("[data-elsewhere]", this.form);
    const [mine, theirs] = [this.words.value, find("[data-there]", box).textContent ?? ""];
    const chosen = { both: `${mine}\n\n${theirs}`.trim(), mine, theirs }[how] ?? mine;
    box.hidden = true;
    this.panel.say("");
    this.#base = this.#there;
    this.#put(chosen);
    this.words.focus();
  }

  /**
   * What was typed since is not, and stays on the device until it is.
   * @param {string} version of what the school holds now
   * @param {unknown} sent the words it was made of
   */
  saved(version, sent) {
    this.#base = version;
    if (!this.words || this.words.value === sent) this.#kept();
  }

  #kept() {
    this.forget();
    const now = new Date();
    const time = `${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}`;
    this.#note(interpolate(gettext("%s 存好了，还没有交"), [time]));
  }

  /** What was typed here and never reached the school comes back; where another text did meanwhile, the writer chooses. */
  #restore() {
    this.#count();
    const known = localStorage.getItem(this.#key);
    if (known && this.words) {
      const { text, base } = JSON.parse(known);
      if (text === this.words.value) this.forget();
      else if (base === this.#base || text.startsWith(this.words.value)) this.#put(text);
      else this.#setAside(text);
    }
    this.#offer();
  }

  /** Under a name of its own, where typing does not write over it. @param {string} text */
  #setAside(text) {
    localStorage.setItem(this.#asideKey, text);
    this.forget();
  }

  #offer() {
    const text = localStorage.getItem(this.#asideKey);
    if (text === null || !this.words) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "ln" });
    button.append(Object.assign(document.createElement("span"), { textContent: gettext("这台设备上还有没存上的一版，换成它") }));
    button.addEventListener("click", () => this.#swap(text, button));
    this.form.querySelector(".under")?.after(button);
  }

  /**
   * The one for the other: what stood here is what can be taken back now.
   * @param {string} text
   * @param {HTMLElement} button
   */
  #swap(text, button) {
    const stood = this.words?.value ?? "";
    button.remove();
    if (stood.trim()) localStorage.setItem(this.#asideKey, stood);
    else localStorage.removeItem(this.#asideKey);
    this.#put(text);
    this.#offer();
  }

  /** @param {string} text */
  #put(text) {
    if (this.words) this.words.value = text;
    this.#typed();
  }

  /** Of the draft that what stands here was made from. */
  get #base() {
    return this.version.value;
  }

  set #base(version) {
    this.version.value = version;
  }

  #count() {
    const place = this.form.querySelector("[data-count]");
    if (!(place instanceof HTMLElement) || !this.words) return;
    place.hidden = false;
    place.textContent = `${this.words.value.length} / ${this.words.maxLength}`;
  }

  /** @param {string} sentence */
  #note(sentence) {
    const place = this.form.querySelector("[data-kept]");
    if (place) place.textContent = sentence;
  }
}

/** Everything of the form but its files, which travel by themselves. @param {HTMLFormElement} form */
function facts(form) {
  const body = new FormData(form);
  for (const name of ["pictures", "voice"]) body.delete(name);
  return body;
}
