// The page of downloads: what lies on this device, played from it. Also what is shown instead of any page without a network.
import { sound } from "../../web/js/app.js";
import { Controls } from "../../web/js/controls.js";
import { Transcript } from "../../web/js/transcript.js";
import { clock, find } from "../../web/js/words.js";
import { ask, changes, download, entries, entryOf, isPlayable, isRunning, programmeOf, remove } from "./kept.js";

const MB = 1_000_000;

/** @type {AbortController | undefined} */
let leaving;
/** @type {Controls | undefined} */
let controls;
/** @type {Transcript | undefined} */
let transcript;
/** Of which lesson the player is. */
let opened = 0;

export function enter() {
  leaving = new AbortController();
  const { signal } = leaving;
  const list = find("[data-downloads]");
  list.addEventListener("click", ({ target }) => press(target), { signal });
  changes.addEventListener("change", show, { signal });
  for (const name of ["storage", "online", "offline"]) addEventListener(name, show, { signal });
  find("[data-again]").addEventListener("click", () => location.reload(), { signal });
  show();
  const playing = sound.programme && entryOf(sound.programme.lesson);
  if (playing && isPlayable(playing)) open(playing);
  ask(true).catch(() => {}); // no network
}

export function leave() {
  leaving?.abort();
  controls?.leave();
  controls = transcript = undefined;
  opened = 0;
}

function show() {
  const isInstead = location.pathname !== find("[data-mine]").dataset.mine;
  find("[data-offline]").hidden = navigator.onLine && !isInstead;
  find("[data-instead]").hidden = !isInstead;
  const all = entries();
  find("[data-none]").hidden = all.length > 0;
  find("[data-sum]").textContent = all.length ? summed(all) : "";
  const list = find("[data-downloads]");
  for (const row of [...list.children]) if (!all.some(({ lesson }) => row.getAttribute("data-lesson") === String(lesson))) row.remove();
  for (const entry of all) fill(rowOf(list, entry), entry);
}

/** @param {import("./kept.js").Entry[]} all */
function summed(all) {
  const bytes = all.reduce((sum, { have }) => sum + have, 0);
  return interpolate(ngettext("%s 讲，%s MB", "%s 讲，%s MB", all.length), [all.length, mb(bytes)]);
}

/** @param {number} bytes */
const mb = (bytes) => (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);

/**
 * @param {HTMLElement} list
 * @param {import("./kept.js").Entry} entry
 */
function rowOf(list, { lesson }) {
  const old = list.querySelector(`[data-lesson="${lesson}"]`);
  if (old) return old;
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("template[data-row]"));
  const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  row.dataset.lesson = String(lesson);
  list.append(row);
  return row;
}

/**
 * @param {Element} row
 * @param {import("./kept.js").Entry} entry
 */
function fill(row, entry) {
  const { programme } = entry;
  const word = (/** @type {string} */ name) => find(`[data-${name}]`, row);
  word("title").textContent = programme.title ?? "";
  word("where").textContent = [programme.album, programme.ms ? clock(programme.ms) : ""].filter(Boolean).join(" · ");
  const said = word("said");
  const sentence = sentenceOf(entry);
  said.ariaLive = isRunning(entry.lesson) ? "off" : "polite";
  if (said.textContent !== sentence) said.textContent = sentence;
  word("play").hidden = !isPlayable(entry);
  word("on").hidden = entry.isWhole || Boolean(entry.why) || isRunning(entry.lesson);
  const way = /** @type {HTMLAnchorElement} */ (word("way"));
  way.hidden = !entry.why;
  way.href = programme.url ?? "/";
  for (const name of ["play", "on", "delete"]) word(name).setAttribute("aria-label", `${word(name).dataset.word} ${programme.title}`);
  row.toggleAttribute("data-whole", entry.isWhole);
  mark(row, entry.lesson === opened);
}

/** @param {Element} row @param {boolean} isOpened */
function mark(row, isOpened) {
  if (isOpened) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
}

/** @param {import("./kept.js").Entry} entry */
function sentenceOf(entry) {
  if (entry.why) return entry.why;
  if (!entry.isWhole) return entry.trouble || interpolate(gettext("正在下载 %s"), [`${Math.floor((100 * entry.have) / entry.sound.bytes)}%`]);
  if (!isPlayable(entry)) return gettext("联网一次，就能接着离线听。");
  return `${mb(entry.sound.bytes)} MB`;
}

/** @param {EventTarget | null} target */
function press(target) {
  const button = target instanceof Element && target.closest("button");
  if (!button) return;
  const lesson = Number(button.closest("[data-lesson]")?.getAttribute("data-lesson"));
  const entry = entryOf(lesson);
  if (!entry) return;
  if (button.matches("[data-delete]")) remove(lesson);
  else if (button.matches("[data-on]")) download(lesson).catch(({ message }) => (find(`[data-lesson="${lesson}"] [data-said]`).textContent = message));
  else play(entry);
}

/** @param {import("./kept.js").Entry} entry */
function play(entry) {
  open(entry);
  controls?.own();
  sound.play();
}

/** Its player and its words. @param {import("./kept.js").Entry} entry */
function open(entry) {
  const room = find("[data-room]");
  if (!room.firstElementChild) room.append(/** @type {HTMLTemplateElement} */ (document.querySelector("template[data-player]")).content.cloneNode(true));
  controls?.leave();
  find("[data-title]", room).textContent = entry.programme.title ?? "";
  showLines(room, entry.lines);
  transcript = new Transcript((ms) => controls?.playFrom(ms), /** @type {AbortController} */ (leaving).signal);
  controls = new Controls(find("[data-dock]"), sound, {
    onMove: (ms) => transcript?.follow(ms, Boolean(controls?.isOn) && !sound.audio.paused),
    onBroken: () => sound.say(gettext("存下的声音读不出来，删掉再下载一次。")),
  });
  const companions = JSON.parse(find("[data-mine]").dataset.companions ?? "[]"); // of today's school, not of the day it was kept
  controls.show({ ...programmeOf(entry), companions });
  room.hidden = false;
  opened = entry.lesson;
  for (const row of document.querySelectorAll("[data-downloads] [data-lesson]")) mark(row, row.getAttribute("data-lesson") === String(opened));
}

/**
 * @param {HTMLElement} room
 * @param {{ms: number, text: string}[]} lines
 */
function showLines(room, lines) {
  const rows = lines.map(({ ms, text }) => {
    const [row, button, time, words] = ["li", "button", "time", "span"].map((name) => document.createElement(name));
    Object.assign(button, { type: "button" }).dataset.at = String(ms);
    time.className = "num";
    time.textContent = clock(ms);
    words.textContent = text;
    button.append(time, words);
    row.append(button);
    return row;
  });
  find("[data-lines]", room).replaceChildren(...rows);
}
