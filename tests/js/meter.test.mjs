import assert from "node:assert/strict";
import { test } from "node:test";
import { decibels, verdict } from "../../live/static/live/meter.js";

test("full scale is 0 dB, silence rests on the floor", () => {
  assert.ok(Math.abs(decibels(1)) < 0.01);
  assert.equal(decibels(0), -60);
});

test("the teacher hears one plain word about the level", () => {
  const long = 5000;
  assert.equal(verdict({ db: -20, clippedMs: long, quietMs: 100 }), "good");
  assert.equal(verdict({ db: -42, clippedMs: long, quietMs: long }), "quiet");
  assert.equal(verdict({ db: -60, clippedMs: long, quietMs: long }), "silent");
  assert.equal(verdict({ db: -3, clippedMs: 200, quietMs: 100 }), "loud");
});
