// The film of one lesson: it counts as a place at which somebody listens, and its transcript follows it.
import { listen } from "../courses/heard.js";
import { sound } from "../web/js/app.js";
import { Counted } from "../web/js/counted.js";
import { find } from "../web/js/words.js";
import { Transcript } from "../web/js/transcript.js";

const FROM_THE_END_S = 5;
/** @type {AbortController | undefined} */
let leaving;

export function enter() {
  leaving = new AbortController();
  const { signal } = leaving;
  const screen = find("[data-screen]");
  const film = /** @type {HTMLVideoElement} */ (find("video", screen));
  const counted = new Counted(screen, film, (sentence) => (find("[data-said]", screen).textContent = sentence));
  const transcript = new Transcript((ms) => {
    film.currentTime = ms / 1000;
    film.play();
  }, signal);
  film.addEventListener("play", () => {
    sound.audio.pause();
    counted.begin();
  });
  film.addEventListener("timeupdate", () => transcript.follow(film.currentTime * 1000, !film.paused));
  sound.audio.addEventListener("play", () => film.pause(), { signal });
  goOn(film, signal);
}

/**
 * From where it was left; and what is seen of it counts as heard.
 * @param {HTMLVideoElement} film
 * @param {AbortSignal} signal
 */
function goOn(film, signal) {
  const programme = JSON.parse(document.getElementById("listening")?.textContent ?? "{}");
  const at = (programme.resume_ms ?? 0) / 1000;
  const start = () => {
    if (at < film.duration - FROM_THE_END_S) film.currentTime = at;
  };
  if (film.readyState >= HTMLMediaElement.HAVE_METADATA) start();
  else film.addEventListener("loadedmetadata", start, { once: true, signal });
  const listening = listen({ audio: film, programme });
  signal.addEventListener("abort", listening.stop);
}

export function leave() {
  leaving?.abort();
}
