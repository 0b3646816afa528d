import assert from "node:assert/strict";
import { test } from "node:test";
import { Stretch } from "../../live/static/live/stretch.js";

const RATE = 48000;

/** A tone that comes out of a store, and how much of it was taken. */
function tone(hertz, seconds = Infinity) {
  const source = {
    taken: 0,
    pull(out) {
      if (source.taken >= seconds * RATE) return -1;
      for (let index = 0; index < out.length; index++) out[index] = Math.sin((2 * Math.PI * hertz * source.taken++) / RATE);
      return 0;
    },
  };
  return source;
}

function heard(stretch, seconds) {
  const out = new Float32Array(seconds * RATE);
  for (let at = 0; at < out.length; at += 128) stretch.pull(out.subarray(at, at + 128));
  return out;
}

/** How often the sound crosses zero upwards in a second. */
function pitch(sound) {
  let count = 0;
  for (let index = 1; index < sound.length; index++) if (sound[index - 1] < 0 && sound[index] >= 0) count += 1;
  return count / (sound.length / RATE);
}

for (const rate of [1.25, 1.5, 2]) {
  test(`at ${rate}× twice as much is heard in its time, and no voice is higher`, () => {
    const source = tone(220);
    const stretch = new Stretch(source);
    stretch.rate = rate;
    const sound = heard(stretch, 3);
    assert.ok(Math.abs(source.taken / RATE - 3 * rate) < 0.1, `${source.taken / RATE}`);
    assert.ok(Math.abs(pitch(sound) - 220) < 3, `${pitch(sound)}`);
    const loudness = Math.sqrt(sound.reduce((sum, sample) => sum + sample * sample, 0) / sound.length);
    assert.ok(Math.abs(loudness - Math.SQRT1_2) < 0.05, `${loudness}`);
  });
}

test("back at its own speed nothing is left out and nothing clicks", () => {
  const source = tone(220);
  const stretch = new Stretch(source);
  stretch.rate = 1.5;
  heard(stretch, 1);
  stretch.rate = 1;
  const sound = heard(stretch, 1);
  assert.ok(Math.abs(pitch(sound) - 220) < 2);
  const steps = sound.slice(1).map((sample, index) => Math.abs(sample - sound[index]));
  assert.ok(Math.max(...steps) < 0.05, `${Math.max(...steps)}`);
});

test("when the store is empty, what was taken from it is still heard", () => {
  const stretch = new Stretch(tone(220, 0.5));
  stretch.rate = 2;
  const sound = heard(stretch, 1);
  const last = sound.findLastIndex((sample) => sample !== 0) / RATE;
  assert.ok(last > 0.22 && last < 0.32, `${last}`);
});
