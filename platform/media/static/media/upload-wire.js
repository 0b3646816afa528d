// What is said to the school about uploads, and how a part travels.

/** A refusal with its sentence; `isFinal` when trying again cannot help. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {string} name
   * @param {number} status
   * @param {number[]} missing
   */
  constructor(sentence, name, status, missing = []) {
    super(sentence);
    this.name = name;
    this.status = status;
    this.missing = missing;
  }

  get isFinal() {
    return this.status >= 400 && this.status < 500 && ![408, 429].includes(this.status) && this.name !== "cut";
  }
}

/**
 * @typedef {{ uuid: string, filename: string, size: number, fingerprint: string, part_size: number, state: string, error: string,
 *   title: string, place: string, arranged?: number, is_ticked?: boolean, missing?: number[], asset: null | { id: number, kind: string, mime: string, label: string,
 *   is_other: boolean, url: string,
 *   forms: { name: string, state: string, error: string, progress: number }[] } }} Told
 */

export class Wire {
  /**
   * @param {string} at where uploads are
   * @param {string} token against forgery
   */
  constructor(at, token) {
    this.at = at;
    this.token = token;
  }

  /**
   * @param {File} file
   * @param {string} fingerprint
   * @returns {Promise<Told>}
   */
  begin(file, fingerprint) {
    return this.#ask("POST", "", { filename: file.name, size: file.size, mime: file.type, fingerprint });
  }

  /** @param {string} uuid @returns {Promise<Told>} */
  look(uuid) {
    return this.#ask("GET", `${uuid}/`);
  }

  /** @param {string} uuid @returns {Promise<Told>} */
  finish(uuid) {
    return this.#ask("POST", `${uuid}/finish/`, {});
  }

  /** @param {string} uuid @returns {Promise<Told>} */
  giveUp(uuid) {
    return this.#ask("DELETE", `${uuid}/`);
  }

  /**
   * @param {string} uuid
   * @param {number[]} numbers
   * @returns {Promise<{ links: Record<string, string> }>}
   */
  links(uuid, numbers) {
    return this.#ask("POST", `${uuid}/links/`, { numbers });
  }

  /**
   * @param {string} link ours, or straight to the bucket
   * @param {Blob} piece
   * @param {(bytes: number) => void} onMove
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  put(link, piece, onMove, signal) {
    return new Promise((resolve, reject) => {
      const sent = new XMLHttpRequest(); // fetch cannot say how far a body has gone
      sent.open("PUT", link);
      sent.timeout = 300_000;
      if (link.startsWith("/")) sent.setRequestHeader("X-CSRFToken", this.token);
      sent.upload.onprogress = (event) => onMove(event.loaded);
      sent.onload = () => (sent.status < 300 ? resolve() : reject(refusal(sent.status, sent.responseText)));
      sent.onerror = sent.ontimeout = () => reject(new TypeError("network"));
      sent.onabort = () => reject(new DOMException("paused", "AbortError"));
      signal.addEventListener("abort", () => sent.abort(), { once: true });
      sent.send(piece);
    });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [told]
   */
  async #ask(method, path, told) {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.token };
    const body = told && JSON.stringify(told);
    const answer = await fetch(this.at + path, { method, headers, body, credentials: "same-origin" });
    if (!answer.ok) throw refusal(answer.status, await answer.text());
    return answer.json();
  }
}

/**
 * @param {number} status
 * @param {string} text our JSON, or whatever stood in between says
 */
function refusal(status, text) {
  try {
    const { error, name, missing } = JSON.parse(text);
    return new Refused(error, name, status, missing);
  } catch {
    return new Refused(gettext("服务器没有收下，请稍后再试。"), "", status);
  }
}
