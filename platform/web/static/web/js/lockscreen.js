// The controls on the lock screen, on a headset, in a car: the Media Session of the browser.
// https://www.w3.org/TR/mediasession/

/** @param {import("./sound.js").Sound} sound */
export function lockScreen(sound) {
  if (!("mediaSession" in navigator) || !sound.programme) return;
  const session = navigator.mediaSession;
  for (const [action, handler] of actionsOf(sound)) take(action, handler);
  showTitle(sound);
  session.setPositionState?.();
}

/** @param {import("./sound.js").Sound} sound */
function showTitle({ programme, chapter, habits }) {
  const { title = "", artist = "", album = "", picture } = programme ?? {};
  const artwork = picture && !habits.saves ? [{ src: picture }] : [];
  const name = chapter?.title ? `${title} · ${chapter.title}` : title;
  navigator.mediaSession.metadata = new MediaMetadata({ title: name, artist, album, artwork });
}

/**
 * Called once; afterwards the lock screen follows whatever is played.
 * @param {import("./sound.js").Sound} sound
 */
export function followOnLockScreen(sound) {
  if (!("mediaSession" in navigator)) return;
  let shown = -1;
  sound.addEventListener("turned", () => {
    if (!sound.programme) return clear();
    navigator.mediaSession.playbackState = sound.audio.paused ? "paused" : "playing";
    showPosition(sound);
  });
  sound.addEventListener("programme", () => sound.programme || clear());
  sound.audio.addEventListener("seeked", () => showPosition(sound));
  sound.audio.addEventListener("ratechange", () => showPosition(sound));
  sound.addEventListener("moved", () => {
    if (sound.index === shown || !sound.programme) return;
    shown = sound.index;
    showTitle(sound);
  });
}

/** Nothing is played any more: no button that does nothing. */
function clear() {
  navigator.mediaSession.metadata = null;
  navigator.mediaSession.playbackState = "none";
}

/** @param {import("./sound.js").Sound} sound */
function showPosition({ audio }) {
  const { duration, currentTime: position, playbackRate } = audio;
  if (Number.isFinite(duration) && position <= duration) navigator.mediaSession.setPositionState?.({ duration, position, playbackRate });
}

/**
 * A browser that does not know an action says so by throwing.
 * @param {MediaSessionAction} action
 * @param {MediaSessionActionHandler | null} handler
 */
function take(action, handler) {
  try {
    navigator.mediaSession.setActionHandler(action, handler);
  } catch {}
}

/**
 * @param {import("./sound.js").Sound} sound
 * @returns {[MediaSessionAction, MediaSessionActionHandler | null][]}
 */
function actionsOf(sound) {
  const hasClips = sound.chapters.length > 1;
  return [
    ["play", () => sound.play()],
    ["pause", () => sound.audio.pause()],
    ["stop", () => sound.audio.pause()],
    ["seekbackward", ({ seekOffset }) => sound.step(-1, seekOffset)],
    ["seekforward", ({ seekOffset }) => sound.step(1, seekOffset)],
    ["seekto", ({ seekTime }) => sound.seek((seekTime ?? 0) * 1000)],
    ["previoustrack", hasClips ? () => sound.previous() : null],
    ["nexttrack", hasClips ? () => sound.next() : null],
  ];
}
