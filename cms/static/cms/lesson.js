// One recorded lesson: its sound, and the transcript that follows it.
const SPEED_KEY = "qunkeSpeed";
const STEP_S = 15;
const MOST_FAILURES = 3;
const STILL_READING_MS = 4000;

/**
 * @template {Element} T
 * @param {string} selector
 * @returns {T}
 */
function find(selector) {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return /** @type {T} */ (found);
}

/** @param {number} seconds */
function clock(seconds) {
  const total = Math.max(0, Math.floor(seconds || 0));
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  return `${hours ? `${hours}:${String(minutes).padStart(2, "0")}` : minutes}:${String(total % 60).padStart(2, "0")}`;
}

/** @type {HTMLElement} */ const dock = find("[data-dock]");
/** @type {HTMLAudioElement} */ const audio = find("[data-dock] audio");
/** @type {HTMLInputElement} */ const bar = find("[data-seek]");
/** @type {HTMLSelectElement} */ const speed = find("[data-speed]");
/** @type {HTMLButtonElement} */ const button = find("[data-do='toggle']");
const lines = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[data-lines] [data-at]")]);
const starts = lines.map((line) => Number(line.dataset.at) / 1000);
let current = -1;
let failures = 0;
let movedByHand = 0;

const duration = () => (Number.isFinite(audio.duration) ? audio.duration : Number(bar.max) / 1000);
/** A browser may say no, or the link may have run out: `error` sees to that. */
const play = () => void audio.play().catch(() => {});

/** @param {number} seconds */
function seek(seconds) {
  audio.currentTime = Math.max(0, Math.min(seconds, duration()));
  moved();
}

/** Mark the line being said, and keep it in view unless the reader is looking elsewhere. */
function follow() {
  const now = starts.findLastIndex((start) => start <= audio.currentTime + 0.05);
  if (now === current) return;
  lines[current]?.removeAttribute("aria-current");
  lines[now]?.setAttribute("aria-current", "true");
  current = now;
  if (audio.paused || Date.now() - movedByHand < STILL_READING_MS) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  lines[now]?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

function moved() {
  const [at, total] = [audio.currentTime, duration()];
  bar.value = String(at * 1000);
  bar.style.setProperty("--at", `${total ? (100 * at) / total : 0}%`);
  bar.setAttribute("aria-valuetext", interpolate(gettext("%s，共 %s"), [clock(at), clock(total)]));
  find("[data-now]").textContent = clock(at);
  find("[data-left]").textContent = `−${clock(total - at)}`;
  follow();
}

/** Links to the sound expire; asking for it again at the same place gets a fresh one. */
function again() {
  if (failures++ >= MOST_FAILURES) {
    find("[data-said]").textContent = gettext("声音没有取到，请刷新页面再听。");
    return;
  }
  const { currentTime, paused } = audio;
  audio.load();
  audio.currentTime = currentTime;
  if (!paused) play();
}

/** @param {number} rate */
function setSpeed(rate) {
  audio.defaultPlaybackRate = audio.playbackRate = rate;
  speed.value = String(rate);
  localStorage.setItem(SPEED_KEY, String(rate));
}

function state() {
  dock.toggleAttribute("data-playing", !audio.paused);
  button.setAttribute("aria-label", audio.paused ? gettext("播放") : gettext("暂停"));
}

/** @type {Record<string, () => void>} */
const verbs = {
  toggle: () => (audio.paused ? play() : audio.pause()),
  back: () => seek(audio.currentTime - STEP_S),
  ahead: () => seek(audio.currentTime + STEP_S),
};

/** @param {KeyboardEvent} event */
function key(event) {
  const busy = event.target instanceof Element && event.target.closest("input, select, textarea, button, a");
  const verb = { " ": "toggle", ArrowLeft: "back", ArrowRight: "ahead" }[event.key];
  if (busy || !verb || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  verbs[verb]?.();
}

/** The lock screen's buttons. */
function mediaSession() {
  if (!("mediaSession" in navigator)) return;
  const { title = "", artist = "", album = "" } = dock.dataset;
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album });
  navigator.mediaSession.setActionHandler("play", play);
  navigator.mediaSession.setActionHandler("pause", () => audio.pause());
  navigator.mediaSession.setActionHandler("seekbackward", () => verbs.back?.());
  navigator.mediaSession.setActionHandler("seekforward", () => verbs.ahead?.());
  navigator.mediaSession.setActionHandler("seekto", ({ seekTime }) => seek(seekTime ?? 0));
}

dock.addEventListener("click", ({ target }) => {
  const pressed = target instanceof Element && target.closest("[data-do]");
  if (pressed instanceof HTMLElement) verbs[pressed.dataset.do ?? ""]?.();
});
for (const [number, line] of lines.entries())
  line.addEventListener("click", () => {
    seek(starts[number] ?? 0);
    play();
  });
bar.addEventListener("input", () => seek(Number(bar.value) / 1000));
bar.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[event.key];
  if (!step) return;
  event.preventDefault();
  seek(audio.currentTime + step);
});
speed.addEventListener("change", () => setSpeed(Number(speed.value)));
audio.addEventListener("error", again);
audio.querySelector("source:last-of-type")?.addEventListener("error", again);
audio.addEventListener("playing", () => (failures = 0));
audio.addEventListener("loadedmetadata", () => (bar.max = String(duration() * 1000)));
for (const name of ["timeupdate", "seeked", "loadedmetadata"]) audio.addEventListener(name, moved);
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, state);
for (const name of ["wheel", "touchmove"]) addEventListener(name, () => (movedByHand = Date.now()), { passive: true });
document.addEventListener("keydown", key);

setSpeed(Number(localStorage.getItem(SPEED_KEY)) || 1);
mediaSession();
moved();
if (audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) again();
