import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../live/static/live/outbox.js";
import { CLIP_END, CLIP_START, decodeFrame, encodeAudio } from "../../live/static/live/wire.js";

const sound = [Uint8Array.of(31 << 3, 1), Uint8Array.of(31 << 3, 2), Uint8Array.of(31 << 3, 3)];
const sent = (outbox) => outbox.unsent().map((letter) => decodeFrame(encodeAudio(letter).buffer));
const numbers = (frames) => frames.map(({ epoch, seq }) => [epoch, seq]);
const FRAME_MS = 60;

/** What a shelf would hold, and what the next page would find on it. */
class Paper {
  letters = new Map();
  presses = new Map();

  keep({ touched, gone, turned }) {
    for (const { there: _, clip, ...letter } of touched) this.letters.set(letter.id, { ...letter, clip: clip.n });
    for (const id of gone) this.letters.delete(id);
    for (const { n, open } of turned) open ? this.presses.set(n, { n }) : this.presses.delete(n);
  }

  found() {
    return { letters: [...this.letters.values()].sort((a, b) => a.id - b.id), presses: [...this.presses.values()] };
  }
}

/** A page that dies while `frames` of a press are spoken; `had` of them arrived. */
function cutOff(frames, acked = 0) {
  const [outbox, paper] = [new Outbox(), new Paper()];
  outbox.open({ epoch: 1, next: 1, clips: 0 });
  const clip = outbox.begin();
  for (let index = 0; index < frames; index++) outbox.put(clip, sound, { first: index === 0 });
  outbox.unsent();
  outbox.ack(acked);
  paper.keep(outbox.news());
  const next = new Outbox();
  return { ms: next.restore(paper.found()), outbox: next, paper };
}

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
  sent(outbox);
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

test("with two kinds of acknowledgement a clip has arrived before it is stored, and is kept until it is", () => {
  const { outbox, clip } = spoken(3);
  sent(outbox);
  outbox.ack(3, 1);
  assert.equal(Outbox.state(clip), "arrived");
  assert.deepEqual([outbox.waiting, outbox.letters.length], [0, 2]);
  outbox.ack(3, 3);
  assert.equal(Outbox.state(clip), "stored");
});

test("a server that lost its disk gets again what it had acknowledged but not stored", () => {
  const { outbox } = spoken(4);
  sent(outbox);
  outbox.ack(4, 1);
  outbox.open({ epoch: 2, next: 2, clips: 1, had: { 1: 1 }, stored: 1 });
  assert.deepEqual(numbers(sent(outbox)), [[2, 2], [2, 3], [2, 4]]);
});

test("what was stored meanwhile leaves with the next hello", () => {
  const { outbox } = spoken(2);
  sent(outbox);
  outbox.ack(2, 0);
  outbox.open({ epoch: 2, next: 3, clips: 1, had: { 1: 2 }, stored: 2 });
  assert.equal(outbox.letters.length, 0);
});

test("a page that died mid-press leaves its words and the end of the press to the next one", () => {
  const { ms, outbox } = cutOff(5, 2);
  assert.equal(ms, 3 * FRAME_MS);
  outbox.open({ epoch: 2, next: 4, clips: 1, had: { 1: 3 } });
  const frames = sent(outbox);
  assert.deepEqual(numbers(frames), [[2, 4], [2, 5], [2, 6]]);
  assert.deepEqual(frames.map(({ flags }) => flags), [0, 0, CLIP_END]);
  assert.equal(outbox.begin().n, 2);
});

test("a press whose every word had arrived is closed all the same", () => {
  const { ms, outbox, paper } = cutOff(2, 2);
  assert.equal(ms, 0);
  outbox.open({ epoch: 2, next: 3, clips: 1, had: { 1: 2 } });
  assert.deepEqual(sent(outbox).map(({ flags, packets }) => [flags, packets.length]), [[CLIP_END, 0]]);
  outbox.ack(3);
  paper.keep(outbox.news());
  assert.deepEqual(paper.found(), { letters: [], presses: [] });
});

test("numbers that another microphone used meanwhile are not mistaken for one's own", () => {
  const { outbox } = cutOff(5, 2);
  outbox.open({ epoch: 3, next: 41, clips: 4, had: { 1: 3, 2: 40 } });
  const frames = sent(outbox);
  assert.deepEqual(numbers(frames), [[3, 41], [3, 42], [3, 43]]);
  assert.deepEqual(frames.map(({ flags }) => flags), [CLIP_START, 0, CLIP_END]);
  assert.equal(outbox.begin().n, 6);
});

test("dying again while catching up neither loses nor doubles", () => {
  const { outbox, paper } = cutOff(5, 2);
  outbox.open({ epoch: 2, next: 3, clips: 1, had: { 1: 2 } });
  sent(outbox);
  paper.keep(outbox.news());
  const third = new Outbox();
  assert.equal(third.restore(paper.found()), 3 * FRAME_MS);
  third.open({ epoch: 4, next: 5, clips: 1, had: { 1: 2, 2: 4 } });
  assert.deepEqual(numbers(sent(third)), [[4, 5], [4, 6]]);
});

test("a hole makes the server repeat its hello, and what is missing goes out again under the same epoch", () => {
  const { outbox } = spoken(4);
  sent(outbox);
  outbox.open({ epoch: 1, next: 3, clips: 1, had: {} });
  assert.deepEqual(numbers(sent(outbox)), [[1, 3], [1, 4]]);
});

test("after the lesson only what never arrived is left, and can be thrown away", () => {
  const { outbox } = cutOff(5, 2);
  outbox.close({ 1: 4 });
  assert.equal(outbox.waitingMs, FRAME_MS);
  outbox.discard();
  assert.equal(outbox.letters.length, 0);
});
