import assert from "node:assert/strict";
import { test } from "node:test";
import { CatchUp } from "../../live/static/live/catchup.js";
import { encodeAudio } from "../../live/static/live/wire.js";

const MINUTE = 24000;
const packet = Uint8Array.of(31 << 3, 1); // 20 ms, 8 units
const frame = (seq, t, epoch = 1) => ({ type: 1, flags: 0, epoch, seq, t, packets: [packet] });

/** A school that keeps these frames. */
function school(frames, retracted = []) {
  globalThis.fetch = async (url) => {
    const minute = Number(/sofar\/(\d+)\//.exec(String(url))?.[1]);
    const parts = frames
      .filter(({ t }) => Math.floor(t / MINUTE) === minute)
      .flatMap((one) => {
        const bytes = encodeAudio(one);
        return [Uint8Array.of(0, 0, 0, bytes.length), bytes];
      });
    return new Response(new Blob(parts), { headers: { "X-Retracted": JSON.stringify(retracted) } });
  };
}

async function all(catching) {
  const taken = [];
  while (!catching.isDone) {
    for (let next = catching.take(); next; next = catching.take()) taken.push([next.frame.seq, next.isPast]);
    await new Promise((done) => setTimeout(done, 5));
  }
  return taken;
}

const base = new URL("https://school.example/live/7/");

test("what the school kept comes first, then what the line brought meanwhile, each once", async () => {
  school([frame(1, 0), frame(2, 8), frame(3, MINUTE), frame(4, MINUTE + 8), frame(5, MINUTE + 16)]);
  const catching = new CatchUp(base, 0, { epoch: 1, seq: 4, t: MINUTE + 16 });
  catching.hold(frame(5, MINUTE + 16));
  catching.hold(frame(6, MINUTE + 24));
  assert.deepEqual(await all(catching), [[1, true], [2, true], [3, true], [4, true], [5, false], [6, false]]);
});

test("from the middle nothing older is heard, and a later connection of the teacher's is not mistaken", async () => {
  school([frame(1, 0), frame(2, 8), frame(1, 16, 2), frame(2, 24, 2)]);
  const catching = new CatchUp(base, 8, { epoch: 2, seq: 1, t: 24 });
  catching.hold(frame(2, 24, 2));
  assert.deepEqual(await all(catching), [[2, true], [1, true], [2, false]]);
});

test("what was taken back is no hole", async () => {
  school([frame(1, 0), frame(9, 800)], [[8, 800]]);
  const catching = new CatchUp(base, 0, { epoch: 1, seq: 9, t: 808 });
  await all(catching);
  assert.ok(catching.isRetracted(8, 800));
  assert.ok(!catching.isRetracted(1000, 2000));
});
