import assert from "node:assert/strict";
import { mock, test } from "node:test";

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
  mock.timers.enable({ apis: ["setInterval"] });
  const { counted, audio, asked } = player();
  counted.begin();
  audio.start();
  mock.timers.tick(6000);
  assert.deepEqual(asked, ["/listening/ begins=yes", "/listening/ begins=", "/listening/ begins="]);
  audio.pause();
  mock.timers.tick(60000);
  assert.equal(asked.length, 3);
  mock.timers.reset();
});

test("when another place has begun it stops, says why, and asks no more", async () => {
  mock.timers.enable({ apis: ["setInterval"] });
  const { audio, asked, said, school } = player();
  audio.start();
  school.status = 409;
  mock.timers.tick(3000);
  await settled();
  assert.equal(audio.paused, true);
  assert.deepEqual(said, ["elsewhere"]);
  mock.timers.tick(60000);
  assert.equal(asked.length, 1);
  mock.timers.reset();
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
