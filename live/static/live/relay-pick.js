// Counting while one chooses: every tick asks for the same page and takes over its right-hand side.
const WAIT_MS = 250;
let asked = 0;

/** @param {HTMLFormElement} form */
async function recount(form) {
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) chosen.append(name, String(value));
  const mine = ++asked;
  const address = new URL(`?${chosen}`, location.href);
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return; // a later tick has been asked about since
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

export {};
