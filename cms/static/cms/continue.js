// The card of the lesson that was left: its button goes on right here, the rest of it leads to the lesson.
import { sound } from "../web/js/app.js";

export function enter() {
  const button = document.querySelector("[data-continue]");
  if (!(button instanceof HTMLButtonElement)) return;
  button.hidden = false;
  button.addEventListener("click", () => goOn(button.dataset.continue ?? ""));
}

/** @param {string} address of the programme */
async function goOn(address) {
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  const programme = answer?.ok ? await answer.json() : null;
  if (!programme) return location.reload(); // the right has ended, or the network: the page says which
  if (sound.programme?.lesson !== programme.lesson) sound.load(programme);
  sound.play();
}
