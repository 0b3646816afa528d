import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../live/static/live/outbox.js";
import { CLIP_END, CLIP_START, decodeFrame } from "../../live/static/live/wire.js";

const sound = [Uint8Array.of(31 << 3, 1), Uint8Array.of(31 << 3, 2), Uint8Array.of(31 << 3, 3)];
const sent = (outbox) => outbox.unsent().map((bytes) => decodeFrame(bytes.buffer));

function spoken(frames) {
  const outbox = new Outbox();
  outbox.open({ epoch: 1, next: 1, clips: 0 });
  const clip = outbox.begin();
  for (let index = 0; index < frames; index++) outbox.put(clip, sound, { first: index === 0, last: index === frames - 1 });
  return { outbox, clip };
}

test("a press goes out once, in order, with its edges marked", () => {
  const { outbox } = spoken(3);
  const frames = sent(outbox);
  assert.deepEqual(frames.map(({ seq }) => seq), [1, 2, 3]);
  assert.deepEqual(frames.map(({ flags }) => flags), [CLIP_START, 0, CLIP_END]);
  assert.equal(sent(outbox).length, 0);
});

test("a clip is spoken, on its way, and stored only when the server says so", () => {
  const { outbox, clip } = spoken(2);
  assert.equal(Outbox.state(clip), "on_the_way");
  outbox.ack(1);
  assert.equal(Outbox.state(clip), "on_the_way");
  outbox.ack(2);
  assert.equal(Outbox.state(clip), "stored");
  assert.equal(clip.ms, 120);
});

test("after a lost connection only what is not yet durable goes out again, under the new epoch", () => {
  const { outbox } = spoken(4);
  sent(outbox);
  outbox.ack(1);
  outbox.open({ epoch: 2, next: 3, clips: 1 });
  const frames = sent(outbox);
  assert.deepEqual(frames.map(({ seq, epoch }) => [epoch, seq]), [[2, 3], [2, 4]]);
  assert.equal(outbox.waiting, 2);
});

test("what is said while offline waits its turn behind what was said before", () => {
  const { outbox } = spoken(1);
  sent(outbox);
  const later = outbox.begin();
  outbox.put(later, sound, { first: true });
  outbox.open({ epoch: 2, next: 1, clips: 0 });
  assert.deepEqual(sent(outbox).map(({ seq }) => seq), [1, 2]);
  assert.equal(later.n, 2);
  assert.equal(Outbox.state(later), "speaking");
});

test("a server that lost its numbering gets everything it may be missing, counted from where it stands", () => {
  const { outbox } = spoken(3);
  sent(outbox);
  outbox.ack(2);
  outbox.open({ epoch: 5, next: 1, clips: 0 });
  assert.deepEqual(sent(outbox).map(({ seq }) => seq), [1]);
});

test("a page opened in the middle of a lesson counts its clips after those already spoken", () => {
  const outbox = new Outbox();
  outbox.open({ epoch: 3, next: 41, clips: 6 });
  const clip = outbox.begin();
  outbox.put(clip, sound, { first: true });
  assert.equal(clip.n, 7);
  assert.equal(sent(outbox)[0].seq, 41);
});
