import assert from "node:assert/strict";
import { test } from "node:test";
import * as words from "../../cms/static/cms/words/cues.js";

const cue = (start, end, text, speaker = "") => ({ start, end, text, speaker });
const TWO = [cue(0, 2000, "水从哪里来，茶味就从哪里来。"), cue(2500, 4000, "先尝一口。")];

test("what is written is read again the same, as the school reads it", () => {
  const cues = [cue(0, 999, "a < b & c --> d", "阿达 & 阿本"), cue(3661001, 3662000, "两行\n的话")];
  assert.deepEqual(words.read(words.write(cues)), cues);
  assert.equal(words.write([cue(0, 1500, "茶\n\n水")]), "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n茶\n水\n");
  assert.equal(words.write([]), "");
});

test("notes, names and settings are passed over", () => {
  const text = "WEBVTT\r\n\r\nNOTE 别说\r\n\r\n7\r\n00:01.500 --> 00:02.000 align:start\r\n<v Ada><b>好</b>\r\n";
  assert.deepEqual(words.read(text), [cue(1500, 2000, "好", "Ada")]);
});

test("a time is read however it is typed, and what is none is not guessed", () => {
  assert.deepEqual(["1:02.5", "0:01:02,500", "100:00:00"].map(words.readTime), [62500, 62500, 360000000]);
  assert.deepEqual(["", "62", "1:60", "1:2:3:4", "一点"].map(words.readTime), [null, null, null, null, null]);
  assert.equal(words.writeTime(360000001), "100:00:00.001");
  const shown = [0, 62500, 754000, 3661001, 36000000, 360000001].map(words.shortTime);
  assert.deepEqual(shown, ["0:00.000", "1:02.500", "12:34.000", "1:01:01.001", "10:00:00.000", "100:00:00.001"]);
});

test("a line is split where the sound is, if that is inside it, else in proportion", () => {
  assert.deepEqual(words.split(TWO, 0, 6, 900).slice(0, 2), [cue(0, 900, "水从哪里来，"), cue(900, 2000, "茶味就从哪里来。")]);
  assert.equal(words.split(TWO, 0, 7, 9000)[0].end, 1000);
  assert.equal(words.split(TWO, 0, 0, 900), TWO);
});

test("two lines become one, Latin words with a space between", () => {
  assert.deepEqual(words.merged(TWO, 0), [cue(0, 4000, "水从哪里来，茶味就从哪里来。先尝一口。")]);
  assert.equal(words.merged([cue(0, 1, "green"), cue(1, 2, "tea")], 0)[0].text, "green tea");
  assert.equal(words.merged(TWO, 1), TWO);
});

test("a new line takes the time that is free", () => {
  assert.deepEqual(words.inserted(TWO, 0)[1], cue(2000, 2500, ""));
  assert.deepEqual(words.inserted(TWO, 1)[2], cue(4000, 6000, ""));
  assert.deepEqual(words.inserted([], -1), [cue(0, 2000, "")]);
});

test("what no player could show is told line by line", () => {
  const wrong = [cue(1000, 1000, "a"), cue(500, 900, "b"), cue(900, 1000, " ")];
  assert.deepEqual([...words.problems(wrong)], [[0, "backwards"], [1, "early"], [2, "silent"]]);
  assert.equal(words.problems(TWO).size, 0);
});

test("words are found round the end, and replaced everywhere", () => {
  assert.deepEqual([words.found(TWO, "先", 1), words.found(TWO, "水", 0), words.found(TWO, "火", 0)], [1, 0, -1]);
  const { cues, count } = words.replaced(TWO, "哪里", "何处");
  assert.deepEqual([count, cues[0].text, cues[1]], [2, "水从何处来，茶味就从何处来。", TWO[1]]);
  assert.equal(words.replaced(TWO, "", "x").count, 0);
});

test("typing on is one step back, and a step of its own another", () => {
  const history = new words.History(TWO);
  history.step(words.changed(TWO, 0, { text: "水" }), "0 text", 1000);
  history.step(words.changed(TWO, 0, { text: "水温" }), "0 text", 1200);
  history.step(words.removed(history.now, 1));
  assert.deepEqual([history.back(), history.now[0].text, history.now.length], [true, "水温", 2]);
  assert.deepEqual([history.back(), history.now], [true, TWO]);
  assert.equal(history.back(), false);
  history.forth();
  assert.equal(history.now[0].text, "水温");
});

test("the line that is being said is the last that has begun", () => {
  assert.deepEqual([-1, 0, 2400, 2500, 9000].map((ms) => words.at(TWO, ms)), [-1, 0, 0, 1, 1]);
});

test("an edge that is moved stays inside the sound, its line, and out of its neighbours", () => {
  const cue = (start, end) => ({ start, end, text: "杯", speaker: "" });
  const cues = [cue(0, 1000), cue(1500, 3000), cue(3000, 4000)];
  const at = (index, edge, ms) => words.moved(cues, index, edge, ms, 5000)[index][edge];
  assert.deepEqual([at(1, "start", 1200.4), at(1, "start", 400), at(1, "start", 9000)], [1200, 1000, 2900]);
  assert.deepEqual([at(1, "end", 2000), at(1, "end", 3500), at(1, "end", 0)], [2000, 3000, 1600]);
  assert.deepEqual([at(0, "start", -5), at(2, "end", 9000)], [0, 5000]);
  assert.equal(words.moved(cues, 1, "end", 3100, 5000), cues);
});

test("lines that overlap may be pulled apart, and not further together", () => {
  const cues = [{ start: 0, end: 2000, text: "a", speaker: "" }, { start: 1500, end: 3000, text: "b", speaker: "" }];
  assert.equal(words.moved(cues, 1, "start", 1000, 3000), cues);
  assert.equal(words.moved(cues, 1, "start", 2000, 3000)[1].start, 2000);
  assert.equal(words.moved(cues, 0, "end", 1800, 3000)[0].end, 1800);
});
