// Counting while one chooses: every tick asks for the same page and takes over its right-hand side.
import { getPage } from "./http.js";

const WAIT_MS = 250;
let asked = 0;

/** @param {HTMLFormElement} form */
async function recount(form) {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) chosen.append(name, String(value));
  const mine = ++asked;
  const address = new URL(`?${chosen}`, location.href);
  const page = await getPage(address);
  if (!page || mine !== asked) return; // or a later tick has been asked about since
  const [old, fresh] = [document, page].map((where) => where.querySelector("[data-found]"));
  if (!old || !fresh) return;
  old.replaceWith(fresh);
  history.replaceState(null, "", address);
}

const form = document.querySelector("form[data-pick]");
if (form instanceof HTMLFormElement) {
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => recount(form), WAIT_MS);
  });
}
