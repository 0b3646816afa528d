import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** As much of a page and of an <audio> as the sound asks for. */
class Element extends EventTarget {
  children = [];
  dataset = {};
  get lastElementChild() {
    return this.children.at(-1);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  removeAttribute() {}
}

class Audio extends Element {
  paused = true;
  ended = false;
  currentTime = 0;
  duration = 600;
  playbackRate = 1;
  defaultPlaybackRate = 1;
  volume = 1;
  readyState = 4;
  played = { length: 1 };
  loads = 0;
  parentElement = new Element();
  load() {
    this.loads += 1;
    this.currentTime = 0;
  }
  async play() {
    this.paused = false;
    for (const name of ["play", "playing"]) this.dispatchEvent(new Event(name));
  }
  pause() {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event("pause"));
  }
  /** @param {number} s */
  reach(s) {
    this.currentTime = s;
    this.dispatchEvent(new Event("timeupdate"));
  }
}

/** Node 18 has none. */
globalThis.CustomEvent ??= class extends Event {
  constructor(name, { detail } = {}) {
    super(name);
    this.detail = detail;
  }
};
const kept = new Map();
Object.assign(globalThis, {
  document: { createElement: () => new Element(), body: new Element() },
  localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  HTMLMediaElement: { HAVE_CURRENT_DATA: 2 },
  addEventListener: () => {},
  navigator: {},
  gettext: (words) => words,
  fetch: async () => ({ ok: true, json: async () => [[20_000, 26_000]] }),
});
const { Sound } = await import("../../platform/web/static/web/js/sound.js");

const LESSON = {
  lesson: 7,
  listener: 3,
  ms: 600_000,
  sources: [{ url: "/m4a", mime: "audio/mp4" }, { url: "/original", mime: "audio/flac" }],
  low: [{ url: "/low", mime: "audio/ogg" }],
  chapters: [{ n: 1, title: "看水", ms: 0 }, { n: 2, title: "注水", ms: 60_000 }, { n: 3, title: "", ms: 120_000 }],
};
const settled = () => new Promise((done) => setImmediate(done));
const urls = (sound) => sound.audio.children.map(({ src }) => src);
let sound;

beforeEach(() => {
  kept.clear();
  sound = new Sound(new Audio());
});

test("what is loaded does not begin by itself, and the low rendition comes last", () => {
  sound.load(LESSON);
  assert.ok(sound.audio.paused);
  assert.deepEqual(urls(sound), ["/m4a", "/original", "/low"]);
});

test("a lesson goes on where it was left, here or on the newer of two devices", () => {
  sound.load({ ...LESSON, resume_ms: 90_000, resume_at: Date.now() - 1000 });
  assert.equal(sound.ms, 90_000);
  sound.play();
  sound.audio.reach(100);
  sound.audio.pause();
  sound.load({ ...LESSON, lesson: 8 });
  assert.equal(sound.ms, 0);
  sound.load({ ...LESSON, resume_ms: 90_000, resume_at: Date.now() - 1000 });
  assert.equal(sound.ms, 100_000, "this device is newer");
  sound.load({ ...LESSON, resume_ms: 300_000, resume_at: Date.now() + 1000 });
  assert.equal(sound.ms, 300_000, "another device is newer");
});

test("who shares the device does not go on where somebody else was", () => {
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(200);
  sound.audio.pause();
  sound.load({ ...LESSON, listener: 4 });
  assert.equal(sound.ms, 0);
});

test("what was heard to the end begins anew", () => {
  sound.load({ ...LESSON, resume_ms: 599_000, resume_at: Date.now() });
  assert.equal(sound.ms, 0);
});

test("from clip to clip: the beginning of this one first, then the one before", () => {
  sound.load(LESSON);
  sound.seek(70_000);
  assert.equal(sound.chapter.n, 2);
  sound.previous();
  assert.equal(Math.round(sound.ms / 1000), 60);
  sound.previous();
  assert.equal(Math.round(sound.ms / 1000), 0);
  sound.next();
  sound.next();
  assert.equal(sound.chapter.n, 3);
  sound.next();
  assert.equal(sound.chapter.n, 3, "there is nothing after the last");
});

test("fifteen seconds back from the fifth is the beginning, and never before it", () => {
  sound.load(LESSON);
  sound.seek(5000);
  sound.step(-1);
  assert.equal(sound.ms, 0);
});

test("who saves data hears the low rendition from the same place on", () => {
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(42);
  sound.habits.setSaves(true);
  assert.deepEqual(urls(sound), ["/low", "/m4a", "/original"]);
  assert.equal(sound.ms, 42_000);
  assert.ok(!sound.audio.paused);
});

test("how fast somebody listens is kept for the next lesson, and what the school knows wins", () => {
  sound.load(LESSON);
  sound.habits.setSpeed(1.5);
  const later = new Sound(new Audio());
  assert.equal(later.habits.speed, 1.5);
  later.load({ ...LESSON, lesson: 9, habits: { speed: 1.25, skips: false, saves: false } });
  assert.equal(later.audio.playbackRate, 1.25);
});

test("what was chosen on this page is newer than what the page was printed with", () => {
  sound.load(LESSON);
  sound.habits.setSpeed(2);
  sound.load({ ...LESSON, lesson: 9, habits: { speed: 1, skips: false, saves: false } });
  assert.deepEqual([sound.audio.playbackRate, sound.habits.speed], [2, 2]);
});

test("a device whose clock is a day ahead takes the newer place of another", () => {
  kept.set("qunkeAhead", String(86_400_000));
  const now = Date.now;
  Date.now = () => now() + 86_400_000;
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(100);
  sound.audio.pause();
  Date.now = now;
  sound.load({ ...LESSON, lesson: 8 });
  sound.load({ ...LESSON, resume_ms: 300_000, resume_at: now() + 1000 });
  assert.equal(sound.ms, 300_000);
});

test("a link that ran out is asked for again at the same place; in vain four times, it says so", async () => {
  sound.load(LESSON);
  let broken = 0;
  sound.addEventListener("broken", () => broken++);
  sound.play();
  sound.audio.reach(42);
  for (let n = 0; n < 3; n++) {
    sound.audio.dispatchEvent(new Event("error"));
    await settled();
    assert.equal(sound.ms, 42_000);
    sound.audio.dispatchEvent(new Event("waiting"));
  }
  assert.equal(broken, 0);
  for (const _ of [1, 2, 3, 4]) {
    sound.audio.paused = true; // it does not play any more
    sound.audio.dispatchEvent(new Event("error"));
    await settled();
  }
  assert.equal(broken, 1);
});

test("the sleep timer fades and stops, at the end of the clip too, and is then off", () => {
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(50);
  sound.sleep.atEnd();
  sound.audio.reach(57);
  assert.ok(sound.audio.volume < 1 && !sound.audio.paused);
  sound.audio.reach(60.1);
  assert.ok(sound.audio.paused && !sound.sleep.isSet);
  assert.equal(sound.audio.volume, 1, "the next lesson is as loud as ever");
});

test("who sets the timer anew, or steps back, hears all of it again", () => {
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(50);
  sound.sleep.atEnd();
  sound.audio.reach(57);
  sound.sleep.after(30);
  sound.audio.reach(58);
  assert.equal(sound.audio.volume, 1);
  sound.sleep.atEnd();
  sound.audio.reach(58);
  assert.ok(sound.audio.volume < 1);
  sound.audio.reach(43);
  assert.equal(sound.audio.volume, 1);
});

test("who skips past the end of a clip sleeps at the end of the next one", () => {
  sound.load(LESSON);
  sound.play();
  sound.audio.reach(50);
  sound.sleep.atEnd();
  sound.next();
  sound.audio.dispatchEvent(new Event("seeked"));
  sound.audio.reach(61);
  assert.ok(!sound.audio.paused);
  assert.equal(sound.sleep.atMs, 120_000);
});

test("a timer that ran out while nothing was heard stops nobody in the morning", () => {
  const now = Date.now;
  sound.load(LESSON);
  sound.play();
  sound.sleep.after(5);
  sound.audio.pause();
  Date.now = () => now() + 8 * 3_600_000;
  sound.play();
  sound.audio.reach(51);
  Date.now = now;
  assert.ok(!sound.audio.paused && !sound.sleep.isSet);
});

test("pauses are jumped over only for whoever wants that", async () => {
  sound.load({ ...LESSON, silence: "/silence" });
  sound.play();
  sound.audio.reach(21);
  assert.equal(sound.ms, 21_000);
  sound.habits.setSkips(true);
  await settled();
  sound.audio.reach(21.2);
  assert.equal(sound.ms, 26_000);
});

test("another lesson stops what went along with the first", async () => {
  const stopped = [];
  const companion = `data:text/javascript,export const listen = ({ programme }) => ({ stop: () => globalThis.stopped.push(programme.lesson) })`;
  globalThis.stopped = stopped;
  sound.load({ ...LESSON, companions: [companion] });
  await new Promise((done) => setTimeout(done, 50));
  sound.load({ ...LESSON, lesson: 8 });
  assert.deepEqual(stopped, [7]);
  sound.unload();
  assert.equal(sound.programme, null);
});

test("where somebody is counted nothing is fetched before it is played: that would take a place", () => {
  sound.load(LESSON);
  assert.equal(sound.audio.preload, "metadata");
  sound.load({ ...LESSON, beat: "/listening/" });
  assert.equal(sound.audio.preload, "none");
});
