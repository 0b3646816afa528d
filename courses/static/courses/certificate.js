// A certificate's owner prints it, or sends its address to somebody.

let leaving = new AbortController();

export function enter() {
  leaving = new AbortController();
  const print = document.querySelector("[data-print]");
  const share = document.querySelector("[data-share]");
  wire(print, () => globalThis.print());
  if (share instanceof HTMLElement) wire(share, () => send(share));
}

export function leave() {
  leaving.abort();
}

/**
 * @param {Element | null} button
 * @param {() => void} act
 */
function wire(button, act) {
  if (!(button instanceof HTMLElement)) return;
  button.hidden = false;
  button.addEventListener("click", act, { signal: leaving.signal });
}

/** @param {HTMLElement} button */
async function send({ dataset }) {
  const { address: url = "", title = "" } = dataset;
  try {
    if (navigator.share) await navigator.share({ url, title });
    else await navigator.clipboard.writeText(url).then(() => say(gettext("地址复制好了。")));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) say(gettext("没有复制上，请选中下面的地址自己复制。"));
  }
}

/** @param {string} sentence */
function say(sentence) {
  const said = document.querySelector("[data-shared]");
  if (said) said.textContent = sentence;
}
