// The service worker: without a network it shows the page of downloads, and gives that page the sounds that were downloaded.
// No page of the school is kept but that one, which is the same for everyone. Begun by web/views.py, which says what to keep.

/** @typedef {{version: string, page: string, files: string[], lasts: boolean}} Shell `lasts`: files never change under their name */
/** @typedef {{bytes: number, mime: string, part: number}} Facts of a sound that lies here in parts of `part` bytes */

const worker = /** @type {any} */ (self);
/** @type {Shell} */
const shell = worker.shell;
const SHELL = `qunke-shell-${shell.version}`;
const KEPT = "qunke-kept"; // courses/downloads/kept.js fills it
const KEPT_PATH = "/kept/";
const files = new Set(shell.files);

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

async function install() {
  const cache = await caches.open(SHELL);
  const named = shell.files.filter((path) => !path.includes("?"));
  const changing = [...shell.files.filter((path) => path.includes("?")), shell.page]; // under the same name
  await cache.addAll([...named, ...changing.map((path) => new Request(path, { cache: "reload" }))]);
  await worker.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith("qunke-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

/**
 * Nothing: the browser goes by itself, as to all that is written, streamed or paid.
 * @param {{request: Request, preloadResponse?: Promise<Response | undefined>}} event
 */
function answerTo(event) {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return null;
  if (url.pathname.startsWith(KEPT_PATH)) return kept(request, url.pathname);
  if (files.has(url.pathname + url.search)) return file(request);
  const isPage = request.mode === "navigate" || request.headers.get("accept")?.startsWith("text/html");
  return isPage ? pageOrOurs(event, url) : null;
}

/** @param {Request} request */
async function file(request) {
  const ours = await (await caches.open(SHELL)).match(request);
  if (ours && shell.lasts) return ours;
  return fetch(request).catch(() => ours ?? Response.error());
}

/**
 * @param {{request: Request, preloadResponse?: Promise<Response | undefined>}} event
 * @param {URL} url
 */
async function pageOrOurs({ request, preloadResponse }, { pathname }) {
  const cache = await caches.open(SHELL);
  try {
    const answer = (await preloadResponse) || (await fetch(request));
    if (pathname === shell.page && answer.ok) await cache.put(shell.page, answer.clone());
    return answer;
  } catch {
    return (await cache.match(shell.page)) ?? Response.error();
  }
}

/**
 * What was downloaded, whole or the stretch that a player asks for; else the school says that there is no such thing.
 * @param {Request} request
 * @param {string} path
 */
async function kept(request, path) {
  const cache = await caches.open(KEPT);
  const whole = await cache.match(path);
  if (whole) return whole;
  const about = await cache.match(`${path}/facts`);
  return about ? stretch(cache, path, await about.json(), request.headers.get("range")) : fetch(request);
}

/**
 * RFC 9110, section 14: one range of bytes, or all of it.
 * @param {Cache} cache
 * @param {string} path
 * @param {Facts} facts
 * @param {string | null} asked
 */
function stretch(cache, path, { bytes, mime, part }, asked) {
  const range = /^bytes=(\d*)-(\d*)$/.exec(asked ?? "");
  const [first, last] = range ? ends(range[1], range[2], bytes) : [0, bytes - 1];
  const headers = { "Content-Type": mime, "Accept-Ranges": "bytes" };
  if (first > last) return new Response(null, { status: 416, headers: { ...headers, "Content-Range": `bytes */${bytes}` } });
  return new Response(pieces(cache, path, part, first, last), {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      "Content-Length": String(last - first + 1),
      ...(range && { "Content-Range": `bytes ${first}-${last}/${bytes}` }),
    },
  });
}

/**
 * The first and the last byte of `from-to`; without `from` the last `to` bytes.
 * @param {string} from
 * @param {string} to
 * @param {number} bytes
 */
function ends(from, to, bytes) {
  if (!from) return [Math.max(0, bytes - Number(to || 0)), bytes - 1];
  return [Number(from), Math.min(to ? Number(to) : bytes - 1, bytes - 1)];
}

/**
 * One part at a time is in memory, and only when the player takes it.
 * @param {Cache} cache
 * @param {string} path
 * @param {number} size of a part
 * @param {number} first
 * @param {number} last
 */
function pieces(cache, path, size, first, last) {
  let at = first;
  return new ReadableStream(
    {
      async pull(controller) {
        if (at > last) return controller.close();
        const number = Math.floor(at / size);
        const answer = await cache.match(`${path}/${number}`);
        if (!answer) return controller.error(new Error("a part is missing"));
        const part = new Uint8Array(await answer.arrayBuffer());
        controller.enqueue(part.subarray(at - number * size, last + 1 - number * size));
        at = (number + 1) * size;
      },
    },
    { highWaterMark: 0 },
  );
}
