import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { beforeEach, test } from "node:test";
import { Draft, Keeper } from "../../courses/static/courses/notes/keeper.js";

globalThis.crypto ??= webcrypto; // Node 18 has it only here

const NOTE = { uid: "6a1e2c58-0d0e-4f6e-9d2e-0c5b1d3f7a11", ms: 722000, quote: "", text: "听水声" };
/** What arrived, and how the school answers. */
let told, answer;

class Shelf extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => void this.set(key, value);
  removeItem = (key) => void this.delete(key);
}

beforeEach(() => {
  told = [];
  answer = () => Response.json({}, { status: 201 });
  Object.defineProperty(globalThis, "localStorage", { value: new Shelf(), configurable: true });
  globalThis.document = { cookie: "csrftoken=secret", querySelector: () => null };
  globalThis.gettext = (text) => text;
  globalThis.fetch = async (address, { method, body }) => {
    told.push([method, address, body && JSON.parse(body)]);
    return answer(method);
  };
});

/** Someone's page, later or elsewhere in the app. */
function page(t, person = "7") {
  const keeper = new Keeper(person);
  t.after(() => keeper.rest());
  return keeper;
}

function offline() {
  throw new TypeError("no network");
}

test("a note that is written offline is shown, survives the page and is sent by the next one, once", async (t) => {
  answer = offline;
  const first = page(t);
  first.create(1, NOTE);
  await first.flush();
  first.rest();
  assert.deepEqual(page(t).over(1, []), [{ ...NOTE, state: "waiting" }]);
  answer = () => Response.json({}, { status: 201 });
  const next = page(t);
  await next.flush();
  await next.flush();
  assert.deepEqual(told.map(([method]) => method), ["POST", "POST"]); // the one that failed, and the one that arrived
  assert.deepEqual([told[1][1], told[1][2].uid, told[1][2].person], ["/lessons/1/notes/", NOTE.uid, "7"]);
  assert.deepEqual(next.deeds, []);
});

test("what another person wrote in the same browser is not sent as one's own", async (t) => {
  answer = offline;
  const mine = page(t);
  mine.create(1, NOTE);
  await mine.flush();
  mine.rest();
  told = [];
  await page(t, "8").flush();
  assert.deepEqual(told, []);
});

test("words that are changed before they are sent are sent as changed, and thrown away they are told away", async (t) => {
  answer = offline;
  const keeper = page(t);
  keeper.create(1, NOTE);
  await keeper.flush();
  keeper.edit(1, NOTE.uid, "改过");
  await keeper.flush();
  assert.deepEqual(keeper.over(1, []), [{ ...NOTE, text: "改过", state: "waiting" }]);
  assert.equal(keeper.deeds.length, 1);
  keeper.remove(1, NOTE.uid);
  assert.deepEqual(keeper.over(1, [NOTE]), []);
  await keeper.flush();
  answer = () => new Response(null, { status: 404 }); // it never came
  await keeper.flush();
  assert.deepEqual(keeper.deeds, []);
});

test("what the school refuses is kept with its reason and does not hold up the rest", async (t) => {
  answer = (method) => (method === "POST" ? Response.json({ error: "这一节现在没有对你开放。" }, { status: 403 }) : new Response(null, { status: 204 }));
  const keeper = page(t);
  keeper.create(1, NOTE);
  keeper.remove(1, "b");
  await keeper.flush();
  await new Promise((done) => setTimeout(done, 10));
  await keeper.flush();
  assert.deepEqual(keeper.over(1, []), [{ ...NOTE, state: "这一节现在没有对你开放。" }]);
  assert.deepEqual(told.map(([method]) => method), ["POST", "DELETE"]);
  answer = () => Response.json({}, { status: 201 }); // the right is there again, and another page
  await page(t).again();
  assert.deepEqual(keeper.deeds, []);
});

for (const status of [401, 403, 429, 500, 503])
  test(`with an answer of ${status} that says nothing about the note it waits`, async (t) => {
    answer = () => new Response("<html>", { status });
    const keeper = page(t);
    keeper.create(1, NOTE);
    await keeper.flush();
    await keeper.flush();
    assert.equal(keeper.over(1, [])[0].state, "waiting");
  });

test("in a browser that stores nothing a note lives as long as its page", async (t) => {
  globalThis.localStorage.setItem = globalThis.localStorage.getItem = () => {
    throw new Error("forbidden");
  };
  answer = offline;
  const keeper = page(t);
  keeper.create(1, NOTE);
  await keeper.flush();
  assert.equal(keeper.over(1, []).length, 1);
});

test("a new note and other words for an old one are two drafts", () => {
  const [begun, other] = [{ ms: 1, quote: "", text: "写到一半" }, { uid: "u1", ms: 2, quote: "", text: "改一改" }];
  new Draft("7", 1).keep(begun);
  new Draft("7", 1).keep(other);
  assert.deepEqual(new Draft("7", 1).of("u1"), other);
  assert.deepEqual(new Draft("7", 1).kept, other);
  new Draft("7", 1).drop("u1");
  assert.deepEqual(new Draft("7", 1).kept, begun);
});

test("a draft is there after the page, until it is dropped", () => {
  const begun = { ms: 1, quote: "", text: "写到一半" };
  new Draft("7", 1).keep(begun);
  assert.deepEqual(new Draft("7", 1).kept, begun);
  assert.equal(new Draft("7", 2).kept, null);
  new Draft("7", 1).drop();
  assert.equal(new Draft("7", 1).kept, null);
});
