// A sound onto this device, a part at a time: what broke off goes on where it was.
export const PART = 1 << 20;
export const CACHE = "qunke-kept"; // web/js/worker.js reads it

/** @typedef {{url: string, mime: string, bytes: number, recording: string}} Sound `recording`: another where the sound is another */

/** Where a lesson's things lie; only the worker answers there. @param {number} lesson @param {string} name */
export const pathOf = (lesson, name) => `/kept/${lesson}/${name}`;

/** The school says no, and the sentence why; else the network is gone, or the device is full. */
export class Refused extends Error {}
export class Full extends Error {}

/**
 * Fetch what is missing of it. Ends early where `signal` says so.
 * @param {{lesson: number, sound: Sound, have: number}} wanted `have`: bytes that are here, from the beginning
 * @param {{signal: AbortSignal, onPart: (have: number) => void}} how
 * @throws {Refused | Full | TypeError} TypeError: no network
 */
export async function fetchSound({ lesson, sound, have }, { signal, onPart }) {
  const cache = await caches.open(CACHE);
  for (let at = have; at < sound.bytes; ) {
    const part = await fetchPart(sound, at, signal);
    await put(cache, pathOf(lesson, `sound/${at / PART}`), part);
    at += part.size;
    onPart(at);
    if (part.size < PART && at < sound.bytes) throw new TypeError("it broke off");
  }
  const facts = { bytes: sound.bytes, mime: sound.mime, part: PART };
  await put(cache, pathOf(lesson, "sound/facts"), new Blob([JSON.stringify(facts)], { type: "application/json" }));
}

/**
 * @param {Sound} sound
 * @param {number} at
 * @param {AbortSignal} signal
 */
async function fetchPart({ url, bytes }, at, signal) {
  const last = Math.min(at + PART, bytes) - 1;
  const answer = await fetch(url, { headers: { Range: `bytes=${at}-${last}` }, credentials: "same-origin", cache: "no-store", signal });
  if (answer.status >= 500) throw new TypeError("not now");
  if (!answer.ok) throw new Refused(gettext("没有下载成，刷新页面再试。"));
  const body = await answer.blob();
  if (answer.status === 206) return body;
  return body.slice(at, last + 1); // a store that knows no ranges gives all of it
}

/**
 * Something small that goes with a sound; without it one can do.
 * @param {number} lesson
 * @param {string} name
 * @param {string | undefined} url
 */
export async function fetchBeside(lesson, name, url) {
  if (!url) return;
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.ok) await put(await caches.open(CACHE), pathOf(lesson, name), await answer.blob());
}

/** @param {number} lesson */
export async function forget(lesson) {
  const cache = await caches.open(CACHE);
  const theirs = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(pathOf(lesson, "")));
  await Promise.all(theirs.map((request) => cache.delete(request)));
}

/**
 * @param {Cache} cache
 * @param {string} path
 * @param {Blob} body
 * @throws {Full}
 */
async function put(cache, path, body) {
  try {
    await cache.put(path, new Response(body, { headers: { "Content-Type": body.type, "Content-Length": String(body.size) } }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "QuotaExceededError") throw new Full();
    throw error;
  }
}
