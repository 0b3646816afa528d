// What a browser counts as heard: a sound that is played, jumps, waits and sleeps, and a school that may be out of reach.
import assert from "node:assert/strict";
import test from "node:test";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 has it only as a module
const { flush, listen } = await import("../../courses/static/courses/heard.js");
const { Post } = await import("../../courses/static/courses/heard-post.js");
const { Shelf } = await import("../../courses/static/courses/heard-shelf.js");

const ISSUED = 1_790_000_000_000;
const soon = () => new Promise((next) => setTimeout(next));

/** A browser's storage, which other pages share and which outlives them. */
class Drawer extends Map {
  get length() {
    return this.size;
  }
  key = (n) => [...this.keys()][n] ?? null;
  getItem = (name) => this.get(name) ?? null;
  setItem = (name, text) => void this.set(name, text);
  removeItem = (name) => void this.delete(name);
}

/** A sound of ten minutes: `pass` lets time go by, and tells as often as a browser would. */
class Sound extends EventTarget {
  currentTime = 0;
  playbackRate = 1;
  paused = true;
  ended = false;
  seeking = false;
  readyState = 4;
  played = { length: 0 };

  constructor(time) {
    super();
    this.time = time;
  }

  tell(...names) {
    for (const name of names) this.dispatchEvent(new Event(name));
  }

  play() {
    this.paused = false;
    this.played = { length: 1 };
    this.tell("play", "playing");
  }

  pause() {
    this.paused = true;
    this.tell("timeupdate", "pause");
  }

  seek(seconds) {
    this.currentTime = seconds;
    this.seeking = true;
    this.tell("seeking");
    this.seeking = false;
    this.tell("timeupdate", "seeked");
  }

  /** @param {number} every seconds from one `timeupdate` to the next */
  pass(seconds, every = 0.25) {
    for (let gone = 0; gone < seconds - 1e-9; gone += every) {
      this.time.pass(every * 1000);
      if (!this.paused && !this.stands) this.currentTime += every * this.playbackRate;
      if (!this.paused) this.tell("timeupdate");
    }
  }
}

/** One device: what it keeps, its clocks (the wall clock `off` by that much), and what it sent. */
function device({ off = 0, drawer = new Drawer(), answer, sent = [], start = ISSUED + 1000, listener = 7 } = {}) {
  const time = { now: start, off, slept: 0, wall: () => time.now + time.off, steady: () => time.now - start - time.slept };
  time.pass = (ms) => void (time.now += ms);
  const ok = () => ({ ok: true, status: 200, json: async () => ({ now: time.now }), headers: new Headers() });
  const state = { answer: answer ?? ok, ok, listener };
  const shelf = new Shelf(drawer);
  const ask = async (url, init) => {
    const result = state.answer();
    if (result && !init.body) return { ok: true, json: async () => ({ listener: state.listener, token: "u" }) };
    if (result) sent.push({ url, ...JSON.parse(init.body), keepalive: init.keepalive, token: init.headers["X-CSRFToken"] });
    if (!result) throw new TypeError("offline");
    return result;
  };
  const world = { time, shelf, post: new Post(shelf, time, ask), window: new EventTarget(), document: new EventTarget() };
  return { time, drawer, sent, state, world, sound: new Sound(time) };
}

const programme = (person = 7, lesson = 3, issued = ISSUED) =>
  ({ ticket: `${person}.${lesson}.${issued}:signature`, report: `/lessons/${lesson}/heard/`, token: "t" });
const spans = (sent) => sent.flatMap((report) => report.spans);
const parts = (sent) => spans(sent).map(({ from_ms, to_ms }) => [from_ms, to_ms]);
const kept = (drawer) => [...drawer.keys()].filter((name) => name.startsWith("qunkeHeard."));
const refusal = (status, headers = {}) => () =>
  ({ ok: false, status, json: async () => ({ name: "x", error: "x" }), headers: new Headers(headers) });

test("what was played until the pause is told, with the time it took", async () => {
  const { world, sound, sent, drawer } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(10);
  sound.pause();
  await soon();
  const [{ id, ...span }] = spans(sent);
  assert.match(id, /^[\w-]{3,64}$/);
  assert.deepEqual(span, { from_ms: 0, to_ms: 10_000, began: 0, ended: 10_000 });
  assert.equal(sent.at(-1).place.ms, 10_000);
  assert.deepEqual([sent[0].url, sent[0].token, sent[0].keepalive], ["/lessons/3/heard/", "t", true]);
  assert.deepEqual(kept(drawer), []);
});

test("a sound that plays already is counted from there on", async () => {
  const { world, sound, sent } = device();
  sound.play();
  sound.pass(5);
  listen({ audio: sound, programme: programme() }, world);
  sound.pass(5);
  sound.pause();
  await soon();
  assert.deepEqual(parts(sent), [[5000, 10_000]]);
});

test("a jump ends a span, and what was jumped over is in none", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(5);
  sound.seek(300);
  sound.pass(4);
  sound.seek(20);
  sound.pass(3);
  sound.pause();
  await soon();
  assert.deepEqual(parts(sent), [[0, 5000], [300_000, 304_000], [20_000, 23_000]]);
});

test("a jump that nobody tells of is not counted either", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(5);
  sound.currentTime = 500;
  sound.pass(2);
  sound.pause();
  await soon();
  assert.deepEqual(parts(sent).map(([from, to]) => to - from), [5000, 1750]);
});

test("each pace is a span of its own", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(4);
  sound.playbackRate = 2;
  sound.tell("ratechange");
  sound.pass(4);
  sound.pause();
  await soon();
  assert.deepEqual(spans(sent).map(({ from_ms, to_ms, began, ended }) => [to_ms - from_ms, ended - began]), [[4000, 4000], [8000, 4000]]);
});

test("in the background, told of it once a minute, as much is counted", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(300, 60);
  sound.pause();
  await soon();
  assert.equal(parts(sent).reduce((sum, [from, to]) => sum + to - from, 0), 300_000);
});

test("while it waits for the network nothing is heard", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(4);
  sound.stands = true;
  sound.tell("waiting");
  sound.readyState = 2;
  sound.pass(30);
  sound.stands = false;
  sound.readyState = 4;
  sound.tell("playing");
  sound.pass(4);
  sound.pause();
  await soon();
  const all = spans(sent).reduce((sum, { began, ended }) => sum + ended - began, 0);
  assert.deepEqual([all, parts(sent).at(-1)[1]], [8000, 8000]);
});

test("while it plays it is told every quarter of a minute, each second once", async () => {
  const { world, sound, sent } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  for (let n = 0; n < 60; n++) {
    sound.pass(1);
    await soon();
  }
  assert.deepEqual(parts(sent), [[0, 15_000], [15_000, 30_000], [30_000, 45_000], [45_000, 60_000]]);
});

test("a page that is killed loses less than five seconds, and the next one sends the rest", async () => {
  const { world, sound, sent, drawer } = device({ answer: () => null });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(103);
  await soon();
  const next = device({ drawer, sent });
  await flush(next.world);
  const [[from, to]] = parts(sent);
  assert.equal(from, 0);
  assert.ok(to > 98_000 && to <= 103_000, String(to));
  assert.deepEqual(kept(drawer), []);
});

test("offline it is kept, and told when the network is back", async () => {
  const { world, sound, sent, state, time, drawer } = device({ answer: () => null });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(60);
  sound.pause();
  await soon();
  assert.equal(kept(drawer).length, 1);
  state.answer = state.ok;
  time.pass(1000);
  world.window.dispatchEvent(new Event("online"));
  await soon();
  assert.deepEqual(spans(sent).map(({ to_ms, ended }) => [to_ms, ended]), [[60_000, 60_000]]);
  assert.deepEqual([sent[0].place, kept(drawer)], [{ ms: 60_000, at: 60_000 }, []]);
});

test("a page that only lies open does not say that somebody is still there", async () => {
  const { world, sound, sent, time } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  time.pass(3_600_000);
  world.window.dispatchEvent(new Event("pagehide"));
  await soon();
  assert.deepEqual(sent.map(({ place }) => place), [{ ms: 6000, at: 6000 }]);
});

test("signed out, what waits goes on waiting; a new page without a network sends when it is back", async () => {
  const { world, sound, drawer } = device({ answer: () => null });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  const next = device({ drawer, listener: 0 });
  await flush(next.world);
  assert.deepEqual(next.sent, []);
  next.state.listener = 7;
  next.world.window.dispatchEvent(new Event("online"));
  await soon();
  assert.deepEqual([parts(next.sent), next.sent[0].token], [[[0, 6000]], "u"]);
});

test("a page that is closed tells at once, whatever is under way", async () => {
  const { world, sound, sent, state } = device();
  state.answer = () => ({ ...state.ok(), json: () => new Promise(() => {}) });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(16);
  await soon();
  sound.pass(3);
  world.window.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(parts(sent), [[0, 15_000], [0, 19_000]]);
  assert.ok(sent.at(-1).keepalive);
});

test("what arrived while more was heard is not told again", async () => {
  const { world, sound, sent, state } = device();
  let arrive;
  state.answer = () => ({ ...state.ok(), json: () => new Promise((done) => (arrive = () => done({ now: 0 }))) });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(20);
  await soon();
  state.answer = state.ok;
  arrive();
  await soon();
  sound.pause();
  await soon();
  assert.deepEqual(parts(sent), [[0, 15_000], [15_000, 20_000]]);
});

for (const status of [400, 410, 413]) {
  test(`what will never be taken (${status}) is not kept`, async () => {
    const { world, sound, drawer } = device({ answer: refusal(status) });
    listen({ audio: sound, programme: programme() }, world);
    sound.play();
    sound.pass(6);
    sound.pause();
    await soon();
    assert.deepEqual(kept(drawer), []);
  });
}

for (const status of [401, 403, 404, 429, 500, 503]) {
  test(`what may be taken later (${status}) is kept`, async () => {
    const { world, sound, drawer } = device({ answer: refusal(status, { "Retry-After": "60" }) });
    listen({ audio: sound, programme: programme() }, world);
    sound.play();
    sound.pass(6);
    sound.pause();
    await soon();
    assert.equal(kept(drawer).length, 1);
  });
}

test("a page of somebody's network that says 400 is no answer of the school's", async () => {
  const answer = () => ({ ok: false, status: 400, json: async () => JSON.parse("<html>"), headers: new Headers() });
  const { world, sound, drawer } = device({ answer });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  assert.equal(kept(drawer).length, 1);
});

test("who is told to wait waits", async () => {
  const { world, sound, sent, state } = device({ answer: refusal(429, { "Retry-After": "60" }) });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  for (let n = 0; n < 70; n++) {
    sound.pass(1);
    if (n === 20) state.answer = state.ok;
    await soon();
  }
  assert.equal(sent.length, 1); // after 15 s; the next not before 75
  sound.pass(6);
  await soon();
  assert.deepEqual(parts(sent).at(-1)[0], 0);
});

test("on a shared device nothing of one is sent while the other is here", async () => {
  const { world, sound, sent, drawer } = device({ answer: () => null });
  const mine = listen({ audio: sound, programme: programme(7) }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  mine.stop();
  await soon();
  const other = device({ drawer, sent, start: ISSUED + 60_000, listener: 8 });
  await flush(other.world);
  listen({ audio: other.sound, programme: programme(8) }, other.world);
  other.sound.play();
  other.sound.pass(6);
  other.sound.pause();
  await soon();
  assert.deepEqual(sent.map(({ ticket }) => ticket.split(".")[0]), ["8"]);
  assert.equal(kept(drawer).length, 1);
  const again = device({ drawer, sent, start: ISSUED + 90_000 });
  await flush(again.world);
  assert.equal(sent.at(-1).ticket.split(".")[0], "7");
});

test("nobody is signed in: nothing is counted and nothing is sent", async () => {
  const { world, sound, sent, drawer } = device({ listener: 0 });
  await flush(world);
  listen({ audio: sound, programme: { ticket: "", report: "/lessons/3/heard/" } }, world).stop();
  sound.play();
  sound.pass(30);
  sound.pause();
  assert.deepEqual([sent, kept(drawer)], [[], []]);
});

test("a device whose clock is a year ahead tells the same", async () => {
  const { world, sound, sent } = device({ off: 365 * 24 * 3600 * 1000 });
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  assert.deepEqual([spans(sent)[0].began, spans(sent)[0].ended], [0, 6000]);
});

test("an old page, offline: what is heard is told for when it was heard", async () => {
  const { world, sound, sent, time } = device();
  world.shelf.learn(time.now, time.wall());
  time.pass(48 * 3600 * 1000);
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  assert.equal(spans(sent)[0].began, 48 * 3600 * 1000 + 1000);
});

test("the clock put forward while it plays makes nothing longer; what was slept through has passed", async () => {
  const { world, sound, sent, time } = device();
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(3);
  time.off += 3_600_000;
  sound.pass(3);
  sound.pause();
  time.off -= 3_600_000;
  await soon();
  assert.deepEqual([spans(sent)[0].began, spans(sent)[0].ended], [0, 6000]);
  time.pass(3_600_000);
  time.slept += 3_600_000;
  sound.play();
  sound.pass(3);
  sound.pause();
  await soon();
  const { began } = spans(sent).at(-1);
  assert.ok(began >= 3_606_000 && began <= 3_607_000, String(began)); // by then the school has told the time
});

test("another programme: what was heard of the first is told", async () => {
  const { world, sound, sent } = device();
  const first = listen({ audio: sound, programme: programme(7, 3) }, world);
  sound.play();
  sound.pass(6);
  first.stop();
  sound.pause();
  sound.currentTime = 0;
  sound.tell("emptied");
  listen({ audio: sound, programme: programme(7, 4) }, world);
  sound.play();
  sound.pass(4);
  sound.pause();
  await soon();
  assert.deepEqual(sent.map(({ url, spans: [{ to_ms }] }) => [url, to_ms]), [["/lessons/3/heard/", 6000], ["/lessons/4/heard/", 4000]]);
});

test("a month of it offline goes out in reports that fit, and what is older than any ticket is forgotten", async () => {
  const { world, sent, drawer, time } = device();
  const ticket = { person: 7, lesson: 3, issued: ISSUED };
  for (let n = 0; n < 250; n++) {
    const span = { id: `s${n}`, from_ms: n, to_ms: n + 1, began: n, ended: n + 1 };
    world.shelf.put(ticket, { ticket: programme().ticket, report: "/lessons/3/heard/", span });
  }
  const old = { ...ticket, issued: ISSUED - 32 * 24 * 3600 * 1000 };
  const span = { id: "old", from_ms: 0, to_ms: 1, began: 0, ended: 1 };
  world.shelf.put(old, { ticket: programme(7, 3, old.issued).ticket, report: "/lessons/3/heard/", span });
  drawer.set("qunkeHeard.7.3.torn", "{");
  drawer.set("somebodyElses", "7");
  await flush(world);
  assert.deepEqual(sent.map((report) => report.spans.length), [100, 100, 50]);
  assert.deepEqual([kept(drawer), drawer.get("somebodyElses"), time.now > 0], [[], "7", true]);
});

test("a full drawer loses nothing while the page lives", async () => {
  const { world, sound, sent, drawer } = device();
  drawer.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  listen({ audio: sound, programme: programme() }, world);
  sound.play();
  sound.pass(6);
  sound.pause();
  await soon();
  assert.deepEqual(parts(sent), [[0, 6000]]);
});
