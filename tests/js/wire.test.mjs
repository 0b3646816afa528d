import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIP_START, decodeFrame, encodeAudio, flatEvent, frameLength, packetUnits } from "../../live/static/live/wire.js";

const packet = (...bytes) => Uint8Array.from(bytes);

test("what is packed comes out again, byte for byte", () => {
  const packets = [packet(0x78, 1, 2, 3), packet(0x78), packet(0x78, 9)];
  const bytes = encodeAudio({ epoch: 7, seq: 4294967295, flags: CLIP_START, t: 1200, packets });
  const frame = decodeFrame(bytes.buffer);
  assert.deepEqual({ ...frame, packets: frame.packets.map((one) => [...one]) }, {
    type: 1, flags: CLIP_START, epoch: 7, seq: 4294967295, t: 1200, packets: [[0x78, 1, 2, 3], [0x78], [0x78, 9]],
  });
});

test("the header is fifteen bytes, big-endian, then lengths, then packets", () => {
  const bytes = encodeAudio({ epoch: 1, seq: 2, flags: 3, t: 4, packets: [packet(0xaa, 0xbb)] });
  assert.deepEqual([...bytes], [1, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 1, 0, 2, 0xaa, 0xbb]);
});

test("a frame the server would refuse is never built", () => {
  assert.throws(() => encodeAudio({ epoch: 1, seq: 1, packets: [new Uint8Array(4096)] }), RangeError);
});

test("an event says its facts beside its kind, from the socket and from the log alike", () => {
  const json = new TextEncoder().encode(JSON.stringify({ n: 3, kind: "slide", t: 40, at: 5, slide: 2 }));
  const bytes = new Uint8Array(15 + json.length);
  bytes.set([2, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 40, 0]);
  bytes.set(json, 15);
  assert.equal(decodeFrame(bytes.buffer).event.slide, 2);
  assert.equal(flatEvent({ n: 3, kind: "slide", t: 40, payload: { slide: 2 } }).slide, 2);
});

test("bytes that are no frame are refused, not guessed at", () => {
  assert.throws(() => decodeFrame(new ArrayBuffer(3)), RangeError);
  assert.throws(() => decodeFrame(new Uint8Array(20).fill(9).buffer), RangeError);
  const cut = encodeAudio({ epoch: 1, seq: 1, packets: [packet(1, 2, 3)] }).slice(0, -1);
  assert.throws(() => decodeFrame(cut.buffer), RangeError);
});

test("a packet's own first byte says how long it sounds", () => {
  assert.equal(packetUnits(packet(31 << 3)), 8); // CELT 20 ms
  assert.equal(packetUnits(packet(9 << 3)), 8); // SILK wideband 20 ms
  assert.equal(packetUnits(packet(15 << 3)), 8); // hybrid 20 ms
  assert.equal(packetUnits(packet(28 << 3)), 1); // CELT 2.5 ms
  assert.equal(packetUnits(packet((11 << 3) | 1)), 48); // two frames of 60 ms
  assert.equal(packetUnits(packet((31 << 3) | 3, 3)), 24); // three frames of 20 ms
  assert.equal(packetUnits(packet()), 0);
  assert.equal(frameLength({ packets: [packet(31 << 3), packet(31 << 3)] }), 16);
});
