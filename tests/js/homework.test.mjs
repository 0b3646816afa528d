// What the homework's scripts make of answers and of sound.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.gettext = (text) => text;
const { read, Refused } = await import("../../courses/static/courses/asking.js");
const refusal = (status, text) => {
  try {
    return read(status, text);
  } catch (error) {
    assert.ok(error instanceof Refused);
    return error;
  }
};

test("an answer is what it says", () => assert.deepEqual(read(200, '{"saved": "x"}'), { saved: "x" }));

test("a refusal in words is said in these words, and the same again is not sent again", () => {
  const error = refusal(409, '{"error": "写得太长了"}');
  assert.equal(error.message, "写得太长了");
  assert.ok(error.isFinal);
});

test("too many tries, a fault of the server and a broken network are worth another try", () => {
  for (const status of [429, 408, 500, 502]) assert.ok(!refusal(status, "<html>").isFinal, String(status));
  assert.ok(!new Refused("", 0).isFinal);
});

test("a page instead of an answer is the sign-in, and what was written is not taken for sent", () => {
  assert.match(refusal(200, "<!DOCTYPE html>").message, /登录/);
});

test("a file that is too large for the way says so", () => assert.match(refusal(413, "").message, /太大/));
