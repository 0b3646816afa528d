// Counts down to a live lesson in every <time data-countdown>.
const DAY_S = 86_400;

/** @param {number} n */
const two = (n) => String(n).padStart(2, "0");

/** @param {number} seconds */
function left(seconds) {
  if (seconds <= 0) return gettext("马上开讲");
  const days = Math.floor(seconds / DAY_S);
  if (days) return interpolate(ngettext("还有 %s 天", "还有 %s 天", days), [days]);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:` : ""}${hours ? two(minutes) : minutes}:${two(seconds % 60)}`;
}

const times = /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("time[data-countdown]"));

function tick() {
  for (const time of times) time.textContent = left(Math.floor((Date.parse(time.dateTime) - Date.now()) / 1000));
}

if (times.length) {
  tick();
  setInterval(tick, 1000);
}
