// What the scripts of every page say and look for.

/**
 * A running time: 0:23, 42:18, 1:05:07.
 * @param {number} ms
 */
export function clock(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/**
 * An element this page must have.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function find(selector, root = document) {
  const element = root.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return element;
}

/**
 * A length of time, for someone who hears it read.
 * @param {number} ms
 */
export function spokenClock(ms) {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return interpolate(gettext("%s 秒"), [total]);
  return interpolate(gettext("%s 分 %s 秒"), [Math.floor(total / 60), total % 60]);
}
