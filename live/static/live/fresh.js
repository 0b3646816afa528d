// A page keeps its `data-fresh` parts fresh while something on it moves; everything works without this.
import { getPage } from "./http.js";

const EVERY_MS = 3000;

async function refresh() {
  const moving = document.querySelector("[data-moving]");
  if (!moving || document.hidden) return;
  const page = await getPage(location.href);
  if (!page) return;
  for (const old of document.querySelectorAll("[data-fresh]")) {
    const name = old.getAttribute("data-fresh");
    const fresh = page.querySelector(`[data-fresh="${name}"]`);
    if (fresh && !old.contains(document.activeElement)) old.replaceWith(fresh);
  }
}

setInterval(refresh, EVERY_MS);
