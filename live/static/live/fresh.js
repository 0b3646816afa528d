// A page keeps its `data-fresh` parts fresh while something on it moves; everything works without this.
const EVERY_MS = 3000;

async function refresh() {
  const moving = document.querySelector("[data-moving]");
  if (!moving || document.hidden) return;
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const name = old.getAttribute("data-fresh");
    const fresh = page.querySelector(`[data-fresh="${name}"]`);
    if (fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
  }
}

setInterval(refresh, EVERY_MS);

export {};
