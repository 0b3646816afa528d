// Files on their way, with a school that is played: it can refuse, break off and forget.
import assert from "node:assert/strict";
import test from "node:test";
import { webcrypto } from "node:crypto";

globalThis.gettext = (text) => text;
globalThis.addEventListener = () => {};
globalThis.crypto ??= webcrypto; // Node 18 has it only as a module
if (!globalThis.navigator) globalThis.navigator = { onLine: true };
const { Queue } = await import("../../platform/media/static/media/upload.js");
const { Refused } = await import("../../platform/media/static/media/upload-wire.js");

const told = (missing) => ({
  uuid: "u", filename: "a.wav", size: 25, part_size: 10, fingerprint: "f", state: "sending", error: "",
  title: "a", place: "a", asset: null, missing,
});
const file = () => Object.assign(new Blob(["abcdefghijklmnopqrstuvwxy"]), { name: "a.wav", lastModified: 1 });
const until = async (isSo) => { while (!isSo()) await new Promise((next) => setTimeout(next)); };

function school(more = {}) {
  const wire = {
    sent: [], finished: 0,
    begin: async () => told([1, 2, 3]),
    links: async (_, numbers) => ({ links: Object.fromEntries(numbers.map((number) => [number, `/${number}`])) }),
    put: async (link, piece) => void wire.sent.push([link, piece.size]),
    finish: async () => ({ ...told(), state: "done", n: ++wire.finished }),
    look: async () => told([3]),
    giveUp: async () => told([]),
    ...more,
  };
  return wire;
}

test("every part is sent once, with its own bytes, and then it is finished once", async () => {
  const wire = school();
  const one = await new Queue(wire, () => {}).add(file());
  await until(() => one.state === "done");
  assert.deepEqual(wire.sent.sort(), [["/1", 10], ["/2", 10], ["/3", 5]]);
  assert.equal(wire.finished, 1);
});

test("what is missing after a reload is all that is sent", async () => {
  const wire = school({ begin: async () => told([3]) });
  const queue = new Queue(wire, () => {});
  const one = await queue.takeUp(told([3]));
  assert.equal(one.state, "away");
  assert.equal(await queue.add(file()), one);
  await until(() => one.state === "done");
  assert.deepEqual(wire.sent, [["/3", 5]]);
});

test("a pause stops what is under way, and going on sends it again", async () => {
  let begun = 0;
  const hanging = (_, __, ___, signal) => new Promise((_, reject) => {
    begun++;
    signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
  });
  const wire = school({ put: hanging });
  const one = await new Queue(wire, () => {}).add(file());
  await until(() => begun === 3);
  one.pause();
  await until(() => one.going === 0);
  assert.deepEqual([one.state, one.sentence, one.parts.sent], ["paused", "", 0]);
  const sent = [];
  wire.put = async (link) => void sent.push(link);
  one.proceed();
  await until(() => one.state === "done");
  assert.equal(sent.length, 3);
});

test("a broken line is said and tried again", async (context) => {
  let now = 1000;
  context.mock.method(Date, "now", () => now);
  let failures = 3;
  const wire = school();
  const put = wire.put;
  wire.put = async (...words) => { if (failures-- > 0) throw new TypeError("network"); return put(...words); };
  const queue = new Queue(wire, () => {});
  const one = await queue.add(file());
  await until(() => one.retryAt > 0);
  assert.match(one.sentence, /秒后再试|网络断了/);
  assert.equal(one.state, "sending");
  now += 60_000;
  queue.pump();
  await until(() => one.state === "done");
  assert.equal(wire.sent.length, 3);
});

test("a refusal is final and in the school's words", async () => {
  const wire = school({ finish: async () => { throw new Refused("这不是音频。", "content", 422); } });
  const one = await new Queue(wire, () => {}).add(file());
  await until(() => one.state === "refused");
  assert.equal(one.sentence, "这不是音频。");
});

test("what the school says is missing is sent again before it is finished", async () => {
  let isFirst = true;
  const wire = school();
  const finish = wire.finish;
  wire.finish = async () => {
    if (!isFirst) return finish();
    isFirst = false;
    throw new Refused("", "incomplete", 409, [2]);
  };
  const one = await new Queue(wire, () => {}).add(file());
  await until(() => one.state === "done");
  assert.deepEqual(wire.sent.map(([link]) => link).sort(), ["/1", "/2", "/2", "/3"]);
});

test("a file that changed meanwhile has to be chosen again", async () => {
  const changed = file();
  changed.slice = () => ({ arrayBuffer: async () => { throw new DOMException("", "NotReadableError"); } });
  const queue = new Queue(school(), () => {});
  const one = await queue.takeUp(told([1]));
  one.resume(changed, told([1]));
  await until(() => one.state === "away");
  assert.match(one.sentence, /重新选择/);
});

test("never more than three parts are on their way, over all files", async () => {
  let [now, most, number] = [0, 0, 0];
  const wire = school({
    begin: async () => ({ ...told([1, 2, 3]), uuid: `u${number++}` }),
    put: async () => { most = Math.max(most, ++now); await new Promise((next) => setTimeout(next)); now--; },
  });
  const queue = new Queue(wire, () => {});
  for (let each = 0; each < 4; each++) await queue.add(file());
  await until(() => queue.all.every(({ state }) => state === "done"));
  assert.equal(most, 3);
});

test("the same file put in twice is one upload", async () => {
  const wire = school();
  const queue = new Queue(wire, () => {});
  const [first, second] = await Promise.all([queue.add(file()), queue.add(file())]);
  assert.equal(first, second);
  await until(() => first.state === "done");
  assert.equal(wire.sent.length, 3);
});

test("a file that has arrived before is not sent again", async () => {
  const wire = school({ begin: async () => ({ ...told([]), state: "done" }) });
  const queue = new Queue(wire, () => {});
  const [first, second] = [await queue.add(file()), await queue.add(file())];
  assert.equal(first, second);
  assert.deepEqual([first.state, queue.all.length, wire.sent.length, wire.finished], ["done", 1, 0, 0]);
});
