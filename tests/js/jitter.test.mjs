import assert from "node:assert/strict";
import { test } from "node:test";
import { JitterBuffer, RATE } from "../../live/static/live/jitter.js";

const QUANTUM = 128;
const PACKET = 960;

/** A packet that counts its samples, so that order and loss can be read off what comes out. */
const packet = (n, ends = false) => ({ pcm: Float32Array.from({ length: PACKET }, (_, i) => n * PACKET + i + 1), t: n * 8, ends });

function pulled(buffer, samples) {
  const out = new Float32Array(samples);
  for (let at = 0; at < samples; at += QUANTUM) buffer.pull(out.subarray(at, Math.min(at + QUANTUM, samples)));
  return out;
}

test("nothing is heard until enough is in store, then everything from its first sample", () => {
  const buffer = new JitterBuffer(160);
  for (let n = 0; n < 7; n++) buffer.push(packet(n));
  assert.ok(pulled(buffer, 512).every((sample) => sample === 0));
  buffer.push(packet(7));
  assert.deepEqual([...pulled(buffer, 4)], [1, 2, 3, 4]);
});

test("a clip shorter than the buffer is heard as soon as it is over", () => {
  const buffer = new JitterBuffer(160);
  buffer.push(packet(0));
  buffer.push({ pcm: new Float32Array(0), t: 8, ends: true });
  assert.equal(pulled(buffer, 4)[0], 1);
  pulled(buffer, 2 * PACKET);
  assert.equal(buffer.underruns, 0);
});

test("running dry in the middle of a clip counts, and asks for more in store next time", () => {
  const buffer = new JitterBuffer(160);
  for (let n = 0; n < 8; n++) buffer.push(packet(n));
  pulled(buffer, 9 * PACKET);
  assert.equal(buffer.underruns, 1);
  assert.ok(buffer.target > 0.16 * RATE);
  assert.equal(buffer.playing, false);
});

test("lost sound becomes silence of its own length", () => {
  const buffer = new JitterBuffer(60);
  buffer.push(packet(0));
  buffer.gap(8, 8);
  buffer.push(packet(2, true));
  const out = pulled(buffer, 3 * PACKET);
  assert.ok(out.subarray(PACKET, 2 * PACKET).every((sample) => sample === 0));
  assert.equal(out[2 * PACKET], 2 * PACKET + 1);
});

test("silence already waited through is not waited through again", () => {
  const buffer = new JitterBuffer(20);
  buffer.push(packet(0));
  pulled(buffer, 3 * PACKET);
  buffer.gap(16, 8);
  buffer.push(packet(3, true));
  assert.ok(buffer.samples < 2 * PACKET);
});

test("a store that grows is played a little faster, never more than half a percent", () => {
  const buffer = new JitterBuffer(160);
  for (let n = 0; n < 100; n++) buffer.push(packet(n));
  pulled(buffer, RATE);
  assert.equal(buffer.speed, 1.005);
  const heard = pulled(buffer, RATE / 2);
  for (let i = 200; i < heard.length; i++) assert.ok(Math.abs(heard[i] - heard[i - 1] - 1.005) < 0.02);
});

test("the clock being heard follows the samples, not their arrival", () => {
  const buffer = new JitterBuffer(20);
  buffer.push(packet(0));
  buffer.push(packet(1));
  pulled(buffer, PACKET + 240);
  assert.equal(buffer.t, 10);
  buffer.clear();
  assert.equal(buffer.t, null);
});
