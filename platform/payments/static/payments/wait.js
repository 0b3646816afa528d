// A page that waits for money: it asks how the order stands and goes on when that changes.

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-wait]"));
const EVERY_MS = 2000;

/** @param {HTMLElement} page */
async function ask(page) {
  try {
    const answer = await fetch(page.dataset.wait ?? "", { headers: { Accept: "application/json" } });
    const { state } = await answer.json();
    if (answer.ok && state !== "pending") {
      location.replace(page.dataset.onward ?? "/");
      return;
    }
  } catch {
    // no network for a moment: ask again
  }
  setTimeout(() => ask(page), EVERY_MS);
}

if (page) ask(page);
