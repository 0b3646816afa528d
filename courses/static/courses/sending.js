// Files on their way, one after the other, each with how far it is; what the network broke is tried again.
import { offline, read, Refused } from "./asking.js";

const PATIENCE_MS = [1000, 3000, 8000, 20000];

/**
 * @typedef {object} Hooks
 * @property {() => FormData} form what goes with every file: token and attempt
 * @property {(answer: any) => void} onSent
 * @property {() => void} onChange
 */

export class Sending {
  /** @type {One[]} */
  #queue = [];
  #isGoing = false;

  /**
   * @param {HTMLElement} list
   * @param {string} url
   * @param {Hooks} hooks
   */
  constructor(list, url, hooks) {
    this.list = list;
    this.url = url;
    this.hooks = hooks;
  }

  /** Whether anything is under way, or waits to be tried again; what was refused for good waits for nothing. */
  get isBusy() {
    return this.#queue.some((one) => !one.isOver);
  }

  /** Whether something stands here that was refused: nobody should believe it handed in. */
  get hasRefused() {
    return this.#queue.some((one) => one.isOver);
  }

  /**
   * @param {Blob} file
   * @param {string} name
   * @param {"pictures" | "voice"} field
   */
  add(file, name, field) {
    const one = new One(this, file, name, field);
    this.list.append(one.row);
    this.#queue.push(one);
    this.hooks.onChange();
    this.#go();
  }

  /** @param {One} one */
  drop(one) {
    one.request?.abort();
    one.row.remove();
    this.#queue = this.#queue.filter((other) => other !== one);
    this.hooks.onChange();
    this.#go();
  }

  stop() {
    for (const one of [...this.#queue]) this.drop(one);
  }

  async #go() {
    if (this.#isGoing) return;
    this.#isGoing = true;
    for (let one = this.#next(); one; one = this.#next()) await this.#send(one);
    this.#isGoing = false;
  }

  #next() {
    return this.#queue.find((one) => !one.isStuck);
  }

  /** @param {One} one */
  async #send(one) {
    try {
      const answer = await one.send();
      this.drop(one);
      this.hooks.onSent(answer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.#queue.includes(one)) this.#refused(one, error);
    }
  }

  /**
   * @param {One} one
   * @param {Refused} error
   */
  #refused(one, error) {
    one.isStuck = true;
    one.isOver = error.isFinal;
    one.say(error.message, !error.isFinal);
    const pause = PATIENCE_MS[one.tries++];
    if (!error.isFinal && pause) setTimeout(() => this.retry(one), pause);
  }

  /** @param {One} one */
  retry(one) {
    one.isStuck = false;
    this.#go();
  }
}

/** One file and its row. */
class One {
  /** @type {HTMLLIElement} */
  row = document.createElement("li");
  isStuck = false;
  isOver = false;
  tries = 0;
  /** @type {XMLHttpRequest | null} */
  request = null;

  /**
   * @param {Sending} sending
   * @param {Blob} file
   * @param {string} name
   * @param {string} field
   */
  constructor(sending, file, name, field) {
    this.sending = sending;
    this.file = file;
    this.name = name;
    this.field = field;
    this.word = this.row.appendChild(document.createElement("span"));
    this.word.className = "grow";
    this.again = this.#button(gettext("再试"), () => sending.retry(this));
    this.again.hidden = true;
    this.#button(gettext("取消"), () => sending.drop(this));
    this.bar = this.row.appendChild(document.createElement("progress"));
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", name);
    this.say(gettext("等着传"), false);
  }

  /**
   * @param {string} sentence
   * @param {boolean} again whether to offer another try
   */
  say(sentence, again) {
    this.word.textContent = sentence.includes(this.name) ? sentence : `${this.name} · ${sentence}`;
    this.again.hidden = !again;
    this.bar.hidden = this.isOver;
  }

  /** @returns {Promise<any>} */
  send() {
    const form = this.sending.hooks.form();
    form.set("do", "add");
    form.append(this.field, this.file, this.name);
    const request = (this.request = new XMLHttpRequest());
    return new Promise((done, refuse) => {
      request.upload.onprogress = ({ loaded, total }) => this.#moved(loaded / total);
      request.onload = () => {
        try {
          done(read(request.status, request.responseText));
        } catch (error) {
          refuse(error);
        }
      };
      request.onerror = request.onabort = request.ontimeout = () => refuse(offline());
      request.open("POST", this.sending.url);
      request.setRequestHeader("Accept", "application/json");
      request.send(form);
      this.#moved(0);
    });
  }

  /** @param {number} part */
  #moved(part) {
    this.bar.value = part;
    this.say(part < 1 ? `${Math.round(part * 100)}%` : gettext("传到了，正在检查"), false);
  }

  /**
   * @param {string} word
   * @param {() => void} act
   */
  #button(word, act) {
    const button = document.createElement("button");
    this.row.append(button);
    button.type = "button";
    button.className = "ln";
    button.append(Object.assign(document.createElement("span"), { textContent: word }));
    button.addEventListener("click", act);
    return button;
  }
}
