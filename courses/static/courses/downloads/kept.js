// What of the school lies on this device: lessons that were downloaded, or are on their way. See docs/offline.md.
import { Full, Refused, fetchBeside, fetchSound, forget, pathOf } from "./fetching.js";

const PREFIX = "qunkeKept:";
const ASKED = "qunkeAskedKept";
const LOCK = "qunke-download";
const ASK_EVERY_MS = 3_600_000;
const CHECK = "/me/downloads/kept.json";

/** @typedef {import("../../web/js/sound.js").Programme} Programme */

/**
 * @typedef {object} Entry
 * @property {number} lesson
 * @property {number} listener whose it is
 * @property {Programme & {ticket?: string}} programme
 * @property {import("./fetching.js").Sound} sound
 * @property {{ms: number, text: string}[]} lines of the transcript
 * @property {number} until milliseconds since 1970: longer it is not played without asking the school
 * @property {number} have bytes that are here
 * @property {boolean} isWhole
 * @property {string} [why] closed: the sound was deleted, for this reason
 * @property {string} [trouble] why it does not go on just now
 */

/** Says `change` whenever something of this is another. */
export const changes = new EventTarget();
/** @type {Map<number, AbortController>} */
const running = new Map();

/** The newest first. @returns {Entry[]} */
export function entries() {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  return names.map(read).filter((entry) => entry !== null);
}

/** @param {number} lesson */
export const entryOf = (lesson) => read(PREFIX + lesson);

/** @param {string} name @returns {Entry | null} */
function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Entry} entry */
function write(entry) {
  try {
    localStorage.setItem(PREFIX + entry.lesson, JSON.stringify(entry));
  } catch {
    throw new Full();
  }
  changes.dispatchEvent(new Event("change"));
}

/** Whether this browser can: inside some apps it cannot. */
export const isPossible = () => "caches" in globalThis && Boolean(navigator.serviceWorker);

/** @param {Entry} entry */
export const isPlayable = (entry) => entry.isWhole && !entry.why && Date.now() < entry.until;

/**
 * What the player plays without a network.
 * @param {Entry} entry
 * @returns {Programme}
 */
export function programmeOf({ programme, lesson, sound }) {
  const beside = (/** @type {"peaks" | "silence"} */ name) => programme[name] && pathOf(lesson, name);
  const source = { url: pathOf(lesson, "sound"), mime: sound.mime };
  return { ...programme, sources: [source], low: [], peaks: beside("peaks"), silence: beside("silence"), beat: "" };
}

/**
 * A lesson that lies here is played from here, also where there is a network.
 * @param {Programme} programme
 * @returns {Programme}
 */
export function fromHere(programme) {
  const entry = entryOf(programme.lesson);
  if (!entry || !isPlayable(entry) || entry.listener !== programme.listener || !navigator.serviceWorker?.controller) return programme;
  const { sources } = programmeOf(entry);
  return { ...programme, sources: [...sources, ...programme.sources], low: [] };
}

/**
 * Begin, or go on.
 * @param {number} lesson
 * @throws {Refused} with the school's sentence
 */
export async function download(lesson) {
  const answer = await fetch(`/lessons/${lesson}/download.json`, { credentials: "same-origin" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error ?? gettext("没有下载成，刷新页面再试。"));
  const before = entryOf(lesson);
  const isSame = before?.sound.bytes === said.sound.bytes && before?.sound.url === said.sound.url && before?.listener === said.programme.listener;
  if (before && !isSame) await forget(lesson);
  const { programme, sound, lines, until } = said;
  const [have, isWhole] = isSame && before && !before.why ? [before.have, before.isWhole] : [0, false];
  write({ lesson, listener: programme.listener, programme, sound, lines, until, have, isWhole });
  navigator.storage?.persist?.().catch(() => {});
  await goOn(lesson);
}

/** Only one page at a time fetches, one lesson after the other. @param {number} lesson */
async function goOn(lesson) {
  if (running.has(lesson)) return;
  const stop = new AbortController();
  running.set(lesson, stop);
  try {
    await inTurn(stop.signal, () => fetchAll(lesson, stop.signal));
  } catch (error) {
    if (!stop.signal.aborted) stumble(lesson, error);
  } finally {
    running.delete(lesson);
    changes.dispatchEvent(new Event("change"));
  }
}

/**
 * @param {AbortSignal} signal
 * @param {() => Promise<void>} act
 */
const inTurn = (signal, act) => (navigator.locks ? navigator.locks.request(LOCK, { signal }, act) : act());

/** @param {number} lesson @param {AbortSignal} signal */
async function fetchAll(lesson, signal) {
  const entry = entryOf(lesson);
  if (!entry || entry.isWhole || entry.why) return; // meanwhile another page has seen to it
  note(lesson, "");
  await fetchSound(entry, { signal, onPart: (have) => change(lesson, { have }) });
  await fetchBeside(lesson, "peaks", entry.programme.peaks);
  await fetchBeside(lesson, "silence", entry.programme.silence);
  change(lesson, { isWhole: true, trouble: "" });
}

/** What a network broke off goes on with the network. @param {number} lesson @param {unknown} error */
function stumble(lesson, error) {
  note(lesson, troubleOf(error));
  if (error instanceof TypeError) addEventListener("online", () => goOn(lesson), { once: true });
}

/** @param {unknown} error */
function troubleOf(error) {
  if (error instanceof Full) return gettext("这台设备的空间不够了，删掉几讲再下载。");
  if (error instanceof Refused) return error.message;
  return gettext("网络断了，连上后接着下载。");
}

/** @param {number} lesson @param {string} trouble */
const note = (lesson, trouble) => change(lesson, { trouble });

/** @param {number} lesson @param {Partial<Entry>} facts */
function change(lesson, facts) {
  const entry = entryOf(lesson);
  if (entry) write({ ...entry, ...facts });
}

/** Whether this page is fetching it. @param {number} lesson */
export const isRunning = (lesson) => running.has(lesson);

/** It is not on this device any more, nor on its way. @param {number} lesson */
export async function remove(lesson) {
  running.get(lesson)?.abort();
  localStorage.removeItem(PREFIX + lesson);
  await forget(lesson);
  changes.dispatchEvent(new Event("change"));
}

/**
 * What the app does at its start where something lies here: what is another person's goes, the school is asked what may stay,
 * and what broke off goes on.
 */
export async function flush() {
  addEventListener("online", flush, { once: true });
  const listener = document.querySelector("#sound")?.getAttribute("data-listener");
  if (listener) await leaveOnly(Number(listener));
  if (!entries().length) return;
  try {
    await ask();
    for (const { lesson, isWhole, why } of entries()) if (!isWhole && !why) await goOn(lesson);
  } catch {
    // no network: the next page asks
  }
}

/** Who signs out, or in as another, leaves nothing behind. @param {number} listener */
async function leaveOnly(listener) {
  for (const entry of entries()) if (entry.listener !== listener) await remove(entry.lesson);
}

/** @param {boolean} [isNow] else only once an hour */
export async function ask(isNow = false) {
  const asked = Number(localStorage.getItem(ASKED) ?? 0);
  if (!isNow && Math.abs(Date.now() - asked) < ASK_EVERY_MS) return;
  const numbers = entries().map(({ lesson }) => lesson);
  const answer = await fetch(`${CHECK}?lessons=${numbers.join(",")}`, { credentials: "same-origin" });
  if (!answer.ok) return;
  const { listener, lessons } = await answer.json();
  await leaveOnly(listener);
  for (const [number, said] of Object.entries(lessons)) await settle(Number(number), said);
  localStorage.setItem(ASKED, String(Date.now()));
}

/**
 * @param {number} lesson
 * @param {{until?: number, ticket?: string, recording?: string, why?: string}} said
 */
async function settle(lesson, { until, ticket, recording, why }) {
  const entry = entryOf(lesson);
  if (!entry) return;
  const isAnother = until && recording !== entry.sound.recording;
  if (until && !isAnother) return write({ ...entry, until, why: "", programme: { ...entry.programme, ticket } });
  running.get(lesson)?.abort();
  await forget(lesson);
  const reason = isAnother ? gettext("这一讲的声音换过了，请重新下载。") : why;
  write({ ...entry, why: reason, lines: [], have: 0, isWhole: false });
}
