// Asking the school over HTTP: facts, verbs, pages, and its refusals in words.

/** A refusal the server put into words. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{error?: string, offers?: Offer[]}} body
   */
  constructor(status, body) {
    super(body.error || gettext("服务器没有回应，请稍后再试。"));
    this.status = status;
    this.offers = body.offers ?? [];
  }

  /** Asking again in the same words will not help. */
  get isFinal() {
    return [401, 403, 404, 409].includes(this.status);
  }
}

/** @typedef {{goods: string, title: string, amount: number, currency: string, url: string}} Offer */

function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field instanceof HTMLInputElement ? field.value : (cookie ?? "").slice("csrftoken=".length);
}

/**
 * @param {string | URL} url
 * @param {object | FormData} body
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export function post(url, body = {}) {
  const form = body instanceof FormData;
  return ask(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrfToken(), ...(form ? {} : { "Content-Type": "application/json" }) },
    body: form ? body : JSON.stringify(body),
  });
}

/**
 * @param {string | URL} url
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export function get(url) {
  return ask(url, { headers: { Accept: "application/json" } });
}

/**
 * @param {string | URL} url
 * @param {RequestInit} init
 */
async function ask(url, init) {
  const response = await fetch(url, { credentials: "same-origin", ...init }).catch(() => {
    throw new Refusal(0, { error: gettext("网络断开了。连上以后再试一次。") });
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

/**
 * A refusal is said to the person who asked; whatever else goes wrong is ours to mend.
 * @template T
 * @param {Promise<T>} answer
 * @param {(sentence: string, trouble: boolean) => void} notice
 * @returns {Promise<T | null>} null: refused
 */
export function orSay(answer, notice) {
  return answer.catch((error) => {
    if (!(error instanceof Refusal)) throw error;
    notice(error.message, true);
    return null;
  });
}

/**
 * Another rendering of a page.
 * @param {string | URL} url
 * @returns {Promise<Document | null>} nothing without a network, or when the way leads to the sign-in
 */
export async function getPage(url) {
  const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}
