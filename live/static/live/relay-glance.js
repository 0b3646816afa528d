// Beside the microphone: how far the newest entry of the ledger has come, taken from the ledger's own page.
import { getPage } from "./http.js";

const EVERY_MS = 10000;
const TAKEN = ".sum, .sum + p, svg.dots";

/** @param {HTMLElement} place */
async function look(place) {
  if (document.hidden) return;
  const page = await getPage(place.dataset.ledger ?? "");
  const told = page?.querySelector('[data-fresh="ledger"]')?.querySelectorAll(TAKEN);
  if (!told?.length) return;
  place.classList.remove("i3");
  place.replaceChildren(...told);
}

const place = document.querySelector("[data-glance]");
if (place instanceof HTMLElement) {
  look(place);
  setInterval(() => look(place), EVERY_MS);
}
