// One film: the browser's own HLS where it has one, hls.js where it has not. Nothing is fetched before somebody plays.

const HLS = "application/vnd.apple.mpegurl";

/** @param {HTMLVideoElement} video */
async function attach(video) {
  const source = /** @type {HTMLSourceElement | null} */ (video.querySelector(`source[type="${HLS}"]`));
  if (!source || video.canPlayType(HLS) || !("MediaSource" in window)) return;
  video.pause();
  const { default: Hls } = await import("./vendor/hls.js-1.7.4/hls.light.min.mjs");
  if (!Hls.isSupported()) return void video.play();
  const hls = new Hls({ enableWorker: false, capLevelToPlayerSize: true });
  hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {{fatal: boolean}} */ { fatal }) => {
    if (fatal) original(video, hls);
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => video.play().catch(() => {}));
  hls.loadSource(source.src);
  hls.attachMedia(video);
}

/**
 * Where HLS fails the film as it was uploaded may still play.
 * @param {HTMLVideoElement} video
 * @param {{destroy: () => void}} hls
 */
function original(video, hls) {
  const at = video.currentTime;
  hls.destroy();
  const other = /** @type {HTMLSourceElement | null} */ (video.querySelector(`source:not([type="${HLS}"])`));
  if (!other) return;
  video.src = other.src;
  video.currentTime = at;
  video.play().catch(() => {});
}

for (const video of /** @type {NodeListOf<HTMLVideoElement>} */ (document.querySelectorAll("video[data-film]")))
  video.addEventListener("play", () => attach(video), { once: true });
