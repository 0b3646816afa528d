// One voice at a time: what begins to speak here silences the rest of the page.

/** @param {Element | null} [but] */
export function hush(but = null) {
  for (const audio of document.querySelectorAll("audio")) if (audio !== but) audio.pause();
}

/** @param {HTMLElement} root */
export function speaksAlone(root) {
  root.addEventListener("play", ({ target }) => hush(/** @type {Element} */ (target)), true); // it does not bubble
}
