import assert from "node:assert/strict";
import test from "node:test";
import { inOrder, Pace, Parts, patience, readable, span } from "../../platform/media/static/media/upload-parts.js";

const MIB = 1024 * 1024;

test("the last part is shorter, and together they are the file", () => {
  assert.deepEqual(span(1, 8 * MIB, 20 * MIB), { start: 0, end: 8 * MIB });
  assert.deepEqual(span(3, 8 * MIB, 20 * MIB), { start: 16 * MIB, end: 20 * MIB });
});

test("after a reload only what is missing is sent, each part once at a time", () => {
  const parts = new Parts(40 * MIB, 8 * MIB, [2, 4]);
  assert.equal(parts.sent, 24 * MIB);
  assert.equal(parts.next(), 2);
  parts.begin(2);
  assert.equal(parts.next(), 4);
  parts.begin(4);
  assert.equal(parts.next(), undefined);
  parts.arrive(2);
  parts.arrive(4);
  assert.ok(parts.isWhole);
  assert.equal(parts.sent, 40 * MIB);
});

test("a part that failed is sent again, and its bytes are not counted", () => {
  const parts = new Parts(16 * MIB, 8 * MIB, [1, 2]);
  parts.begin(1);
  parts.move(1, 5 * MIB);
  assert.equal(parts.sent, 5 * MIB);
  parts.fail(1);
  assert.equal(parts.sent, 0);
  assert.equal(parts.next(), 1);
});

test("what left with its headers is no more than the part", () => {
  const parts = new Parts(10, 8, [1, 2]);
  parts.begin(2);
  parts.move(2, 400);
  parts.move(1, 400); // not under way
  assert.equal(parts.sent, 2);
});

test("who fails waits longer each time, and never longer than half a minute", () => {
  assert.deepEqual([1, 2, 3, 6, 60].map(patience), [1000, 2000, 4000, 30000, 30000]);
});

test("the time that is left follows from the last seconds, and is not guessed at first", () => {
  const pace = new Pace();
  pace.note(0, 0);
  assert.equal(pace.remaining(100), undefined);
  pace.note(2000, 50);
  assert.equal(pace.remaining(100), 4);
  for (let second = 3; second <= 40; second++) pace.note(second * 1000, 50 + (second - 2) * 10);
  assert.equal(pace.remaining(100), 10);
});

test("a file that is taken back does not make the pace negative", () => {
  const pace = new Pace();
  pace.note(0, 100);
  pace.note(2000, 40);
  pace.note(4000, 60);
  assert.equal(pace.remaining(10), 1);
});

test("a pace that stands still promises nothing", () => {
  const pace = new Pace();
  pace.note(0, 10);
  pace.note(5000, 10);
  assert.equal(pace.remaining(10), undefined);
});

test("sizes are said as people say them", () => {
  assert.deepEqual([1, 812_345, 63_000_000, 1_250_000_000].map(readable), ["1 KB", "812 KB", "63.0 MB", "1.25 GB"]);
});

test("files stand in the order the school says", () => {
  const told = (place, filename) => ({ place, filename });
  const sorted = [told("0000000010", "10"), told("0000000002", "2b"), told("0000000002", "2a")].sort(inOrder);
  assert.deepEqual(sorted.map(({ filename }) => filename), ["2a", "2b", "10"]);
});
