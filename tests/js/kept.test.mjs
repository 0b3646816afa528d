// What lies on a device: downloaded in parts, gone on with after a break, given out to the player, and taken back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import vm from "node:vm";

const PART = 1 << 20;
const BYTES = 2 * PART + 1000;
const SOUND = new Uint8Array(BYTES).map((_, at) => at % 251);

/** A device's storage of answers. */
class Drawer {
  kept = new Map();
  room = Number.POSITIVE_INFINITY;
  key = (request) => new URL(request.url ?? request, "https://school.example").href;
  async put(request, answer) {
    const body = new Uint8Array(await answer.arrayBuffer());
    if (this.size + body.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(this.key(request), { body, headers: [...answer.headers] });
  }
  async match(request) {
    const found = this.kept.get(this.key(request));
    return found && new Response(found.body, { headers: found.headers });
  }
  async delete(request) {
    return this.kept.delete(this.key(request));
  }
  async keys() {
    return [...this.kept.keys()].map((url) => ({ url }));
  }
  async addAll(requests) {
    for (const request of requests) await this.put(request, new Response("shell"));
  }
  get size() {
    return [...this.kept.values()].reduce((sum, { body }) => sum + body.length, 0);
  }
}

class Device extends EventTarget {
  drawers = new Map();
  names = new Map();
  open = async (name) => this.drawers.get(name) ?? this.drawers.set(name, new Drawer()).get(name);
  get localStorage() {
    const { names } = this;
    const methods = {
      getItem: (name) => names.get(name) ?? null,
      setItem: (name, text) => void names.set(name, String(text)),
      removeItem: (name) => void names.delete(name),
    };
    return new Proxy(methods, {
      get: (target, name) => target[name],
      ownKeys: () => [...names.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    });
  }
}

/** The school: what it answers, and what it was asked. */
class School {
  asked = [];
  listener = 7;
  closed = "";
  recording = "first";
  breaksAt = Number.POSITIVE_INFINITY;
  fetch = async (url, { headers = {} } = {}) => {
    this.asked.push([url, headers.Range]);
    if (url.endsWith("/download.json")) return this.#download();
    if (url.startsWith("/me/downloads/kept.json")) return this.#kept(url);
    if (url === "/media/sound/") return this.#sound(headers.Range);
    return Response.json({ peaks: [1, 2] });
  };
  #download() {
    if (this.closed) return Response.json({ error: this.closed }, { status: 403 });
    const programme = { lesson: 12, listener: this.listener, title: "水温", sources: [{ url: "/media/sound/", mime: "audio/mp4" }], peaks: "/media/peaks/" };
    return Response.json({ programme, sound: { url: "/media/sound/", mime: "audio/mp4", bytes: BYTES, recording: this.recording }, lines: [], until: Date.now() + 1e9 });
  }
  #kept(url) {
    const numbers = new URL(url, "https://school.example").searchParams.get("lessons").split(",");
    const answer = this.closed ? { why: this.closed } : { until: Date.now() + 2e9, ticket: "fresh", recording: this.recording };
    return Response.json({ listener: this.listener, lessons: Object.fromEntries(numbers.map((number) => [number, answer])) });
  }
  #sound(range) {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range).map(Number);
    if (from >= this.breaksAt) throw new TypeError("no network");
    return new Response(SOUND.slice(from, to + 1), { status: 206, headers: { "Content-Type": "audio/mp4" } });
  }
}

let device;
let school;
let page = 0;

/** Modules keep what they run: each page has its own. */
const freshPage = () => import(`../../courses/static/courses/downloads/kept.js?page=${page++}`);

beforeEach(() => {
  device = new Device();
  school = new School();
  globalThis.gettext = (text) => text;
  globalThis.interpolate = (text) => text;
  globalThis.addEventListener = () => {};
  globalThis.caches = { open: device.open };
  Object.defineProperty(globalThis, "localStorage", { value: device.localStorage, configurable: true, writable: true });
  Object.defineProperty(globalThis, "navigator", { value: { serviceWorker: { controller: {} } }, configurable: true, writable: true });
  globalThis.fetch = school.fetch;
  globalThis.document = { querySelector: () => ({ getAttribute: () => String(school.listener) }) };
});

test("a lesson is fetched in parts, and is whole only with the last of them", async () => {
  const kept = await freshPage();
  const seen = [];
  kept.changes.addEventListener("change", () => seen.push(kept.entryOf(12)?.have));
  await kept.download(12);
  assert.deepEqual([...new Set(seen)], [0, PART, 2 * PART, BYTES]);
  const entry = kept.entryOf(12);
  assert.ok(entry.isWhole && kept.isPlayable(entry));
  assert.equal(kept.fromHere(entry.programme).sources[0].url, "/kept/12/sound");
});

test("what broke off goes on where it was, on another page", async () => {
  school.breaksAt = PART;
  const before = await freshPage();
  await before.download(12);
  assert.equal(before.entryOf(12).have, PART);
  assert.match(before.entryOf(12).trouble, /网络断了/);
  assert.equal(before.fromHere(before.entryOf(12).programme).sources.length, 1, "half a lesson is not played from here");
  school.breaksAt = Number.POSITIVE_INFINITY;
  school.asked.length = 0;
  const after = await freshPage();
  await after.flush();
  assert.ok(after.entryOf(12).isWhole);
  const ranges = school.asked.filter(([url]) => url === "/media/sound/").map(([, range]) => range);
  assert.deepEqual(ranges, [`bytes=${PART}-${2 * PART - 1}`, `bytes=${2 * PART}-${BYTES - 1}`]);
});

test("on the same page it goes on as soon as the network is back", async () => {
  const waiting = [];
  globalThis.addEventListener = (name, act) => waiting.push([name, act]);
  school.breaksAt = PART;
  const kept = await freshPage();
  await kept.download(12);
  school.breaksAt = Number.POSITIVE_INFINITY;
  await Promise.all(waiting.filter(([name]) => name === "online").map(([, act]) => act()));
  assert.ok(kept.entryOf(12).isWhole);
});

test("what the school refuses leaves nothing, and says why", async () => {
  school.closed = "会员已过期。";
  const kept = await freshPage();
  await assert.rejects(kept.download(12), /会员已过期/);
  assert.deepEqual(kept.entries(), []);
});

test("when the right ended the sound is deleted, and its name stays with the reason", async () => {
  const kept = await freshPage();
  await kept.download(12);
  school.closed = "会员已过期。";
  await kept.ask(true);
  assert.equal((await device.open("qunke-kept")).size, 0);
  assert.equal(kept.entryOf(12).why, "会员已过期。");
  assert.ok(!kept.isPlayable(kept.entryOf(12)));
});

test("asked again, the school gives another lease and a fresh ticket", async () => {
  const kept = await freshPage();
  await kept.download(12);
  await kept.ask(true);
  assert.equal(kept.entryOf(12).programme.ticket, "fresh");
  school.asked.length = 0;
  await kept.ask();
  assert.deepEqual(school.asked, [], "not more than once an hour");
});

test("what the teacher took out of a lesson goes from the device, and the lesson can be downloaded again", async () => {
  const kept = await freshPage();
  await kept.download(12);
  school.recording = "second";
  await kept.ask(true);
  assert.equal((await device.open("qunke-kept")).size, 0);
  assert.match(kept.entryOf(12).why, /换过了/);
  await kept.ask(true);
  assert.match(kept.entryOf(12).why, /换过了/, "also when the school is asked again");
  await kept.download(12);
  await kept.ask(true);
  assert.ok(kept.isPlayable(kept.entryOf(12)));
});

test("a lease that is over is not played without asking", async () => {
  const kept = await freshPage();
  await kept.download(12);
  const entry = { ...kept.entryOf(12), until: Date.now() - 1 };
  assert.ok(!kept.isPlayable(entry));
});

test("who signs out, or in as another, leaves nothing behind", async () => {
  const kept = await freshPage();
  await kept.download(12);
  school.listener = 8;
  await kept.flush();
  assert.deepEqual(kept.entries(), []);
  assert.equal((await device.open("qunke-kept")).size, 0);
});

test("a device that is full keeps what there was, and says so", async () => {
  (await device.open("qunke-kept")).room = PART;
  const kept = await freshPage();
  await kept.download(12);
  assert.match(kept.entryOf(12).trouble, /空间不够/);
  assert.equal(kept.entryOf(12).have, PART);
});

test("deleted is deleted, also while it is on its way", async () => {
  const kept = await freshPage();
  await kept.download(12);
  await kept.remove(12);
  assert.deepEqual(kept.entries(), []);
  assert.equal((await device.open("qunke-kept")).size, 0);
});

/** The service worker, in a world of its own. */
function worker(network) {
  const listeners = {};
  const self = {
    shell: { version: "1", page: "/me/downloads/", files: ["/static/app.1.js"], lasts: true },
    addEventListener: (name, act) => (listeners[name] = act),
    skipWaiting: async () => {},
    registration: {},
    clients: { claim: async () => {} },
  };
  const names = async () => [...device.drawers.keys()];
  const caches = { open: device.open, keys: names, delete: async (name) => device.drawers.delete(name) };
  class Asked {
    constructor(url) {
      this.url = new URL(url, "https://school.example").href;
    }
  }
  const world = { self, caches, fetch: network, Response, Request: Asked, ReadableStream, URL, Uint8Array, Promise, location: { origin: "https://school.example" } };
  vm.runInNewContext(readFileSync(new URL("../../platform/web/static/web/js/worker.js", import.meta.url), "utf8"), world);
  return {
    async tell(name) {
      let done;
      listeners[name]({ waitUntil: (promise) => (done = promise) });
      await done;
    },
    async ask(path, { mode = "cors", method = "GET", headers = {} } = {}) {
      let answer = null;
      const request = { url: new URL(path, "https://school.example").href, mode, method, headers: new Headers(headers) };
      listeners.fetch({ request, respondWith: (promise) => (answer = promise) });
      return answer;
    },
  };
}

const gone = async () => {
  throw new TypeError("no network");
};

test("without a network any page is the page of downloads, and its files are here", async () => {
  const network = { fetch: async () => new Response("from the school") };
  const ours = worker((request) => network.fetch(request));
  await ours.tell("install");
  await ours.tell("activate");
  assert.equal(await (await ours.ask("/courses/", { mode: "navigate" })).text(), "from the school");
  network.fetch = gone;
  assert.equal(await (await ours.ask("/courses/", { mode: "navigate" })).text(), "shell");
  assert.equal(await (await ours.ask("/courses/", { headers: { accept: "text/html, application/xhtml+xml" } })).text(), "shell");
  assert.equal(await (await ours.ask("/static/app.1.js")).text(), "shell");
  assert.equal(await ours.ask("/media/sound/"), null, "what is paid for is never kept by itself");
  assert.equal(await ours.ask("/pay/1/", { mode: "navigate", method: "POST" }), null);
  assert.equal(await ours.ask("https://elsewhere.example/", { mode: "navigate" }), null);
});

test("a new version of the app takes the place of the old one, and downloads stay", async () => {
  await device.open("qunke-shell-0");
  await device.open("qunke-kept");
  await worker(gone).tell("activate");
  assert.deepEqual([...device.drawers.keys()], ["qunke-kept"]);
});

test("the player gets any stretch of a downloaded sound, byte for byte", async () => {
  const kept = await freshPage();
  await kept.download(12);
  const ours = worker(gone);
  for (const [range, from, to] of [
    ["bytes=0-", 0, BYTES - 1],
    ["bytes=10-20", 10, 20],
    [`bytes=${PART - 5}-${PART + 5}`, PART - 5, PART + 5],
    [`bytes=${2 * PART}-${BYTES + 99}`, 2 * PART, BYTES - 1],
    ["bytes=-7", BYTES - 7, BYTES - 1],
  ]) {
    const answer = await ours.ask("/kept/12/sound", { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get("content-range"), `bytes ${from}-${to}/${BYTES}`);
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), SOUND.slice(from, to + 1));
  }
  const whole = await ours.ask("/kept/12/sound");
  assert.equal(whole.status, 200);
  assert.equal((await whole.arrayBuffer()).byteLength, BYTES);
  const past = await ours.ask("/kept/12/sound", { headers: { range: `bytes=${BYTES}-` } });
  assert.equal(past.status, 416);
  assert.deepEqual(await (await ours.ask("/kept/12/peaks")).json(), { peaks: [1, 2] });
});
