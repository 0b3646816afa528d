// An hour of the school's, said again for who lives by another clock.

/**
 * Fills every `data-here`, which holds a moment as ISO 8601 with the school's offset: it stands behind the school's own hour.
 * @param {ParentNode} page
 */
export function sayHere(page) {
  for (const place of page.querySelectorAll("[data-here]")) place.textContent = here(place.getAttribute("data-here") ?? "");
}

/**
 * Nothing where both clocks show the same then, or when it is over.
 * @param {string} said
 */
export function here(said) {
  const moment = new Date(said);
  if (!(moment.getTime() > Date.now()) || -moment.getTimezoneOffset() === offsetIn(said)) return "";
  const style = /** @type {const} */ ({ month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const words = new Intl.DateTimeFormat(document.documentElement.lang, style).format(moment);
  return interpolate(gettext("（你那里 %s）"), [words]);
}

/** Minutes ahead of UTC. @param {string} said */
function offsetIn(said) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(said) ?? ["", "+", "0", "0"];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
