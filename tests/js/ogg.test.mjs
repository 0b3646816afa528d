import assert from "node:assert/strict";
import { test } from "node:test";
import { oggOf } from "../../live/static/live/ogg.js";

const packet = (size) => Uint8Array.from({ length: size }, (_, index) => (index ? index : 31 << 3)); // 20 ms

test("a file is a head, its tags, and pages that count samples up to the last", () => {
  const pages = oggOf(Array.from({ length: 60 }, () => packet(60)));
  const views = pages.map((page) => new DataView(page.buffer));
  assert.deepEqual(views.map((view) => view.getUint8(5)), [2, 0, 0, 4]);
  assert.deepEqual(views.map((view) => Number(view.getBigUint64(6, true))), [0, 0, 48000, 57600]);
});

test("a packet of 255 bytes has a second, empty lace", () => {
  const [, , page] = oggOf([packet(255)]);
  assert.deepEqual([...page.subarray(26, 29)], [2, 255, 0]);
});
