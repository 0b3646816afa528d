import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = new EventTarget();
globalThis.addEventListener = () => {};
globalThis.Element ??= class {};
const { Press } = await import("../../live/static/live/press.js");

/** A microphone button on a clock of our own. */
function button({ mayStart = () => true } = {}) {
  const said = [];
  const at = { ms: 0 };
  const hooks = { mayStart, onStart: () => said.push("start"), onStop: () => said.push("stop"), onLock: () => said.push("lock") };
  return { press: new Press(new EventTarget(), hooks, () => at.ms), said, at };
}

test("holding speaks for as long as it is held", () => {
  const { press, said, at } = button();
  press.down();
  at.ms = 2000;
  press.up();
  assert.deepEqual(said, ["start", "stop"]);
  assert.equal(press.state, "idle");
});

test("a tap locks, and the next press sends", () => {
  const { press, said, at } = button();
  press.down();
  at.ms = 200;
  press.up();
  assert.equal(press.state, "locked");
  at.ms = 9000;
  press.down();
  press.up();
  assert.deepEqual(said, ["start", "lock", "stop"]);
});

test("when the system takes the finger away, the sentence goes on", () => {
  const { press, at } = button();
  press.down();
  at.ms = 3000;
  press.lock();
  press.up();
  assert.equal(press.state, "locked");
});

test("nothing starts before the microphone is open", () => {
  const { press, said } = button({ mayStart: () => false });
  press.down();
  press.up();
  assert.deepEqual(said, []);
});

test("the space bar does what the button does", () => {
  const { said } = button();
  const key = (type) => document.dispatchEvent(Object.assign(new Event(type, { cancelable: true }), { code: "Space" }));
  key("keydown");
  key("keyup");
  assert.deepEqual(said, ["start", "lock"]);
});
