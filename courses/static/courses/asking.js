// Asking the school for something beneath a page, and its refusals in words.

/** A refusal in words; `isFinal`: the same again will be refused again. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {number} status 0: no answer came
   * @param {any} told what else came with it
   */
  constructor(sentence, status, told = {}) {
    super(sentence);
    this.status = status;
    this.told = told;
  }

  get isFinal() {
    return this.status >= 400 && this.status < 500 && this.status !== 408 && this.status !== 429;
  }
}

export const offline = () => new Refused(gettext("没有连上网。写的都还在，连上再试。"), 0);

/** What an answer without words means. @param {number} status */
export function unsaid(status) {
  if (status === 413) return new Refused(gettext("文件太大了。"), status);
  return new Refused(gettext("没有成功，过一会儿再试。"), status);
}

/**
 * What came, or the refusal in it. An answer that is no JSON is the sign-in page, or a fault of ours.
 * @param {number} status
 * @param {string} text
 * @returns {any}
 * @throws {Refused}
 */
export function read(status, text) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw status < 400 ? new Refused(gettext("登录过期了。写的都还在，请另开一页登录，再回来交。"), 401) : unsaid(status);
  }
  if (status >= 400) throw body.error ? new Refused(body.error, status, body) : unsaid(status);
  return body;
}

/**
 * @param {string} url
 * @param {FormData} form with its token
 * @returns {Promise<any>}
 * @throws {Refused}
 */
export async function post(url, form) {
  const headers = { Accept: "application/json" };
  const answer = await fetch(url, { method: "POST", body: form, headers, credentials: "same-origin" }).catch(() => {
    throw offline();
  });
  return read(answer.status, await answer.text());
}
