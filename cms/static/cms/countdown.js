// Counts down to a live lesson in every <time data-countdown>.
import { clock } from "../web/js/words.js";

const DAY_MS = 86_400_000;
const SOON_MS = 60_000;

/** @param {number} ms */
function left(ms) {
  if (ms < -SOON_MS) return gettext("等老师开讲");
  if (ms < 1000) return gettext("马上开讲");
  const days = Math.floor(ms / DAY_MS);
  return days ? interpolate(ngettext("还有 %s 天", "还有 %s 天", days), [days]) : clock(ms);
}

/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

/** @param {Iterable<HTMLTimeElement>} times */
function tick(times) {
  for (const time of times) time.textContent = left(Date.parse(time.dateTime) - Date.now());
}

export function enter() {
  const times = /** @type {HTMLTimeElement[]} */ ([...document.querySelectorAll("time[data-countdown]")]);
  tick(times);
  if (times.length) ticking = setInterval(() => tick(times), 1000);
}

export function leave() {
  clearInterval(ticking);
}
