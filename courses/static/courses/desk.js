// The review desk under the keyboard: J and K go on and back, A accepts, R returns; a comment may be spoken.
import { find } from "../web/js/words.js";
import { speaksAlone } from "./alone.js";
import { Recorder } from "./recorder.js";

const SPEED_KEY = "qunkeHomeworkSpeed";
const SPEEDS = [1, 1.25, 1.5, 2];
const KEPT_MS = 7 * 86_400_000;
/** @type {AbortController | null} */
let here = null;

export function enter() {
  const desk = document.querySelector("[data-desk]");
  if (!(desk instanceof HTMLElement)) return;
  here = new AbortController();
  speaksAlone(desk);
  document.addEventListener("keydown", (event) => pressed(desk, event), { signal: here.signal });
  for (const audio of desk.querySelectorAll("audio[data-voice]")) hasten(/** @type {HTMLAudioElement} */ (audio));
  const form = desk.querySelector("form[data-review]");
  if (form instanceof HTMLFormElement) review(form, here.signal);
}

export function leave() {
  here?.abort();
  here = null;
}

/**
 * @param {HTMLElement} desk
 * @param {KeyboardEvent} event
 */
function pressed(desk, event) {
  const { target } = event;
  const isWriting = target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target instanceof HTMLInputElement;
  if (event.key === "Escape" && target instanceof HTMLElement && isWriting) return target.blur();
  if (isWriting || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  const meant = desk.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (meant instanceof HTMLElement) {
    event.preventDefault();
    meant.click();
  } else if (key === "j" || key === "k") step(desk, key === "j" ? 1 : -1);
}

/**
 * Along the rows of the queue.
 * @param {HTMLElement} desk
 * @param {number} by
 */
function step(desk, by) {
  const rows = /** @type {HTMLElement[]} */ ([...desk.querySelectorAll("[data-row]")]);
  const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

/** How fast voices are heard, remembered. @param {HTMLAudioElement} audio */
function hasten(audio) {
  const row = document.createElement("span");
  row.className = "speeds num";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", gettext("播放速度"));
  for (const rate of SPEEDS) {
    const button = row.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = `${rate}×`;
    button.dataset.rate = String(rate);
    button.addEventListener("click", () => setSpeed(rate));
  }
  audio.parentElement?.append(row);
  setSpeed(Number(localStorage.getItem(SPEED_KEY)) || 1);
}

/** @param {number} rate */
function setSpeed(rate) {
  localStorage.setItem(SPEED_KEY, String(rate));
  for (const audio of document.querySelectorAll("audio")) {
    if ("voice" in audio.dataset) audio.defaultPlaybackRate = audio.playbackRate = rate;
  }
  for (const button of document.querySelectorAll(".speeds button")) {
    if (button instanceof HTMLElement) button.setAttribute("aria-pressed", String(button.dataset.rate === String(rate)));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 */
function review(form, signal) {
  form.classList.add("scripted");
  const words = /** @type {HTMLTextAreaElement} */ (find("textarea[name=comment]", form));
  const files = /** @type {HTMLInputElement} */ (find("input[name=voice]", form));
  const say = (/** @type {string} */ sentence) => (find("[data-trouble]", form).textContent = sentence);
  keepWords(words);
  const recorder = new Recorder(find("[data-recorder]", form), {
    onDone: (sound, name) => {
      const box = new DataTransfer();
      box.items.add(new File([sound], name, { type: sound.type }));
      files.files = box.files;
      heard(form, files);
    },
    onTrouble: say,
  });
  files.addEventListener("change", () => heard(form, files));
  signal.addEventListener("abort", () => recorder.stop(false));
  form.addEventListener("submit", (event) => {
    const trouble = unready(event, words, files, recorder);
    say(trouble);
    if (!trouble) return once(form);
    event.preventDefault();
    words.focus();
  });
}

/**
 * Why it cannot be sent yet, or nothing.
 * @param {SubmitEvent} event
 * @param {HTMLTextAreaElement} words
 * @param {HTMLInputElement} files
 * @param {Recorder} recorder
 */
function unready(event, words, files, recorder) {
  if (recorder.isOn) return gettext("还在录音，先按“录好了”。");
  const isReturned = event.submitter instanceof HTMLButtonElement && event.submitter.value === "return";
  const saysNothing = !words.value.trim() && !files.files?.length;
  return isReturned && saysNothing ? gettext("请学员再改，要说清楚改哪里：写几句，或者说一段。") : "";
}

/** A second press sends nothing; the value of the button pressed has to travel first. @param {HTMLFormElement} form */
function once(form) {
  const buttons = [...form.querySelectorAll("button")];
  const switchAll = (/** @type {boolean} */ isOff) => {
    for (const button of buttons) button.disabled = isOff;
  };
  setTimeout(() => switchAll(true));
  setTimeout(() => switchAll(false), 8000); // no answer came: it may be tried again
  addEventListener("pageshow", () => switchAll(false), { once: true });
}

/**
 * What was recorded or chosen can be heard before it is sent, and thrown away.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} files
 */
function heard(form, files) {
  const place = find("[data-heard]", form);
  const file = files.files?.[0];
  place.hidden = !file;
  place.replaceChildren();
  if (!file) return;
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.src = URL.createObjectURL(file);
  const away = Object.assign(document.createElement("button"), { type: "button", className: "ln" });
  away.append(Object.assign(document.createElement("span"), { textContent: gettext("不要了") }));
  away.addEventListener("click", () => {
    files.value = "";
    heard(form, files);
  });
  place.append(audio, away);
}

/** What is typed stays on this device until it is old: the network, or a key, may take the page away. @param {HTMLTextAreaElement} words */
function keepWords(words) {
  const key = words.dataset.draft ?? "";
  for (const name of Object.keys(localStorage).filter((known) => known.startsWith("paper:"))) {
    if (Date.now() - JSON.parse(localStorage.getItem(name) ?? "{}").at > KEPT_MS) localStorage.removeItem(name);
  }
  words.value ||= JSON.parse(localStorage.getItem(key) ?? "{}").text ?? "";
  words.addEventListener("input", () => localStorage.setItem(key, JSON.stringify({ text: words.value, at: Date.now() })));
}
