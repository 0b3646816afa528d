import assert from "node:assert/strict";
import { test } from "node:test";

const { Counted } = await import("../../platform/web/static/web/js/counted.js");

/** A sound and a school that answers with `status`. */
function player({ beat = "/listening/", status = 200 } = {}) {
  const asked = [];
  const school = { status };
  const audio = Object.assign(new EventTarget(), { paused: true, pause: () => Object.assign(audio, { paused: true }) && audio.dispatchEvent(new Event("pause")) });
  audio.start = () => Object.assign(audio, { paused: false }) && audio.dispatchEvent(new Event("play"));
  globalThis.fetch = async (url, { body }) => {
    asked.push(`${url} ${body}`);
    return { status: school.status, json: async () => ({ error: "elsewhere" }) };
  };
  const said = [];
  const counted = new Counted({ dataset: beat ? { beat, token: "t" } : {} }, audio, (sentence) => said.push(sentence));
  return { counted, audio, asked, said, school };
}

/** The clock of a page; Node's own mock is called differently from version to version. */
const clock = {
  rounds: new Map(),
  pass(ms) {
    for (const round of [...this.rounds.values()]) for (let n = 0; n < Math.floor(ms / round.every); n++) round.act();
  },
};
globalThis.setInterval = (act, every) => {
  const key = Symbol("round");
  clock.rounds.set(key, { act, every });
  return key;
};
globalThis.clearInterval = (key) => clock.rounds.delete(key);

/** What was promised by now has come. */
const settled = () => new Promise((done) => setImmediate(done));

test("where nobody is counted nothing is asked", async () => {
  const { counted, audio, asked } = player({ beat: "" });
  counted.begin();
  audio.start();
  assert.equal(await counted.isStopped(), false);
  assert.deepEqual(asked, []);
});

test("pressing play says so, and while it plays it says so again", async () => {
  const { counted, audio, asked } = player();
  counted.begin();
  audio.start();
  clock.pass(6000);
  assert.deepEqual(asked, ["/listening/ begins=yes", "/listening/ begins=", "/listening/ begins="]);
  audio.pause();
  clock.pass(60000);
  assert.equal(asked.length, 3);
});

test("when another place has begun it stops, says why, and asks no more", async () => {
  const { audio, asked, said, school } = player();
  audio.start();
  school.status = 409;
  clock.pass(3000);
  await settled();
  assert.equal(audio.paused, true);
  assert.deepEqual(said, ["elsewhere"]);
  clock.pass(60000);
  assert.equal(asked.length, 1);
});

test("without a network it plays on", async () => {
  const { counted, audio, said } = player();
  audio.start();
  globalThis.fetch = () => Promise.reject(new Error("away"));
  assert.equal(await counted.isStopped(), false);
  assert.equal(audio.paused, false);
  assert.deepEqual(said, []);
  audio.pause();
});
