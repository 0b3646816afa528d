// One recorded lesson: its player, and the clips, the transcript and the slides that follow the sound.
import { sound } from "../web/js/app.js";
import { Controls } from "../web/js/controls.js";
import { find } from "../web/js/words.js";
import * as notes from "../courses/notes.js";
import { fromHere } from "../courses/downloads/kept.js";
import { offer } from "../courses/downloads/offer.js";
import { ClipList } from "./clip-list.js";
import { Deck } from "./deck.js";
import { Transcript } from "../web/js/transcript.js";

const TOLD_WITHIN_S = [1, 2, 5];
/** @type {AbortController | undefined} */
let leaving;
/** @type {Controls | undefined} */
let controls;

export function enter() {
  const programme = JSON.parse(find("#programme").textContent ?? "null");
  if (!programme) return;
  const card = document.querySelector("meta[itemprop='image']")?.getAttribute("content");
  if (card) programme.picture = new URL(card).pathname; // of this school, whatever name it was asked by
  leaving = new AbortController();
  const { signal } = leaving;
  const playFrom = (/** @type {number} */ ms) => controls?.playFrom(ms);
  const transcript = new Transcript(playFrom, signal);
  const clips = new ClipList(playFrom);
  const deck = new Deck((ms) => controls?.seek(ms));
  controls = new Controls(find("[data-dock]"), sound, {
    onMove: (ms) => {
      transcript.follow(ms, Boolean(controls?.isOn) && !sound.audio.paused);
      clips.follow(ms);
      deck.follow(ms);
    },
    onBroken: () => sound.say(gettext("声音没有取到，请刷新页面再听。")),
  });
  controls.show(fromHere(programme));
  offer(document.querySelector("[data-download]"), signal);
  sound.audio.addEventListener("ended", () => controls?.isOn && showTheEnd(signal), { signal });
  notes.enter({ root: document, at: () => controls?.ms ?? 0, seek: playFrom });
  goToTheLine(transcript);
  addEventListener("hashchange", () => goToTheLine(transcript), { signal });
}

export function leave() {
  leaving?.abort();
  notes.leave();
  controls?.leave();
  controls = undefined;
}

/** What was heard to its end is finished as soon as the school has been told: then the page says so, and what comes next. @param {AbortSignal} signal */
async function showTheEnd(signal) {
  for (const seconds of TOLD_WITHIN_S) {
    await new Promise((later) => setTimeout(later, seconds * 1000));
    const answer = signal.aborted ? null : await fetch(location.pathname, { signal }).catch(() => null);
    if (!answer?.ok) continue;
    const there = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".finish[data-finished]");
    if (there) return document.querySelector(".finish")?.replaceWith(document.importNode(there, true));
  }
}

/**
 * Who comes from a search result or a note hears the line they found: #t=ms.
 * @param {Transcript} transcript
 */
function goToTheLine(transcript) {
  const ms = Number(/^#t=(\d{1,9})$/.exec(location.hash)?.[1] ?? Number.NaN);
  if (Number.isNaN(ms)) return;
  controls?.seek(ms);
  transcript.follow(ms, true);
}
