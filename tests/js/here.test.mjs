// The school's hours, for who lives by another clock.
import assert from "node:assert/strict";
import { before, test } from "node:test";

process.env.TZ = "America/New_York";
const { here } = await import("../../platform/web/static/web/js/here.js");
const YEAR = new Date().getFullYear() + 1;

before(() => {
  globalThis.gettext = (text) => text;
  globalThis.interpolate = (text, values) => text.replace("%s", values[0]);
  globalThis.document = { documentElement: { lang: "zh-Hans" } };
});

test("an evening in Shanghai is a morning in New York, and the day is said with it", () => {
  assert.equal(here(`${YEAR}-01-16T20:00:00+08:00`), "（你那里 1月16日 07:00）");
  assert.equal(here(`${YEAR}-01-16T08:30:00+08:00`), "（你那里 1月15日 19:30）");
});

test("in their summer it is an hour later", () => {
  assert.equal(here(`${YEAR}-07-16T20:00:00+08:00`), "（你那里 7月16日 08:00）");
});

test("whose clock shows the same is told nothing, nor anyone of what is over", () => {
  assert.equal(here(`${YEAR}-01-16T20:00:00-05:00`), "");
  assert.equal(here("2020-01-16T20:00:00+08:00"), "");
  assert.equal(here(""), "");
});
