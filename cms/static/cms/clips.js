// Voice clips of one lesson whose one sound is still being made: when one ends the next begins, and only one speaks at a time.
import { sound } from "../web/js/app.js";
import { Counted } from "../web/js/counted.js";
import { find } from "../web/js/words.js";

const MOST_FAILURES = 3;
const say = (/** @type {string} */ sentence) => (find("[data-said]").textContent = sentence);

/**
 * @param {HTMLAudioElement} current
 * @param {HTMLAudioElement[]} clips
 */
function alone(current, clips) {
  sound.audio.pause();
  for (const clip of clips) {
    if (clip === current) clip.closest("li")?.setAttribute("aria-current", "true");
    else clip.closest("li")?.removeAttribute("aria-current");
    if (clip !== current) clip.pause();
  }
}

/**
 * Links to the sound expire; asking again at the same place gets a fresh one.
 * @param {HTMLAudioElement} clip
 */
function keepAlive(clip) {
  let failures = 0;
  clip.lastElementChild?.addEventListener("error", () => {
    if (failures++ >= MOST_FAILURES) return say(gettext("声音没有取到，请刷新页面再听。"));
    const { currentTime } = clip;
    clip.load();
    clip.currentTime = currentTime;
    clip.play().catch(() => {});
  });
}

export function enter() {
  const list = find("[data-clips]");
  const clips = /** @type {HTMLAudioElement[]} */ ([...list.querySelectorAll("audio")]);
  clips.forEach((clip, index) => {
    const counted = new Counted(list, clip, say);
    clip.addEventListener("play", () => {
      say("");
      counted.begin();
      alone(clip, clips);
      const next = clips[index + 1];
      if (next) next.preload = "auto"; // so that nothing is waited for in between
    });
    clip.addEventListener("ended", () => clips[index + 1]?.play());
    keepAlive(clip);
  });
}
