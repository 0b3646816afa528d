// Counts down to a live lesson in every <time data-countdown>.
import { clock } from "../web/js/words.js";

const DAY_MS = 86_400_000;

/** @param {number} ms */
function left(ms) {
  if (ms < 1000) return gettext("马上开讲");
  const days = Math.floor(ms / DAY_MS);
  return days ? interpolate(ngettext("还有 %s 天", "还有 %s 天", days), [days]) : clock(ms);
}

const times = /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-countdown]"));

function tick() {
  for (const time of times) time.textContent = left(Date.parse(time.dateTime) - Date.now());
}

if (times.length) {
  tick();
  setInterval(tick, 1000);
}
