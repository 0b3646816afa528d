// How far the forms of an upload are, looked at again while one of them is being made.

const PAUSE_MS = 2000;

/** @param {HTMLElement} place */
async function look(place) {
  if (!place.querySelector("[data-unsettled]")) return;
  await new Promise((later) => setTimeout(later, PAUSE_MS));
  try {
    const answer = await fetch(place.dataset.forms ?? "");
    if (answer.ok) place.innerHTML = await answer.text();
  } catch {
    // the next look may find the school again
  }
  look(place);
}

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-forms]"))) look(place);
