// Notes beside a lesson that the app's one sound does not play: a film, a text, a quiz.
import * as notes from "./notes.js";

export function enter() {
  const film = document.querySelector("video");
  notes.enter({
    root: document,
    at: () => (film ? film.currentTime * 1000 : null),
    seek: (ms) => {
      if (film) film.currentTime = ms / 1000;
    },
  });
}

export const { leave } = notes;
