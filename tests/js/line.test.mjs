import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {FakeSocket[]} */
let sockets = [];
let posts = 0;

class FakeSocket {
  static OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  sent = [];
  constructor(url, protocols) {
    [this.url, this.ticket] = [String(url), protocols[1].slice("ticket.".length)];
    sockets.push(this);
  }
  send(data) {
    this.sent.push(data);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.());
  }
}

Object.assign(globalThis, {
  window: globalThis,
  WebSocket: FakeSocket,
  location: { href: "https://school.example/live/7/", protocol: "https:" },
  document: { cookie: "", querySelector: () => null },
  HTMLInputElement: class {},
  addEventListener: () => {},
  gettext: (text) => text,
  fetch: async () => ({ ok: true, status: 201, json: async () => ({ ticket: `fresh${++posts}` }) }),
});
const { Line } = await import("../../live/static/live/line.js");
const settle = (ms = 0) => new Promise((done) => setTimeout(done, ms));
const soon = 450; // longer than the first pause

/** A line that has been greeted, and what it heard. */
async function greeted({ again = "back" } = {}) {
  const heard = [];
  const states = [];
  const line = new Line({
    base: new URL("https://school.example/live/7/"), part: "listen", cohort: null,
    onText: (message) => heard.push(message), onState: (state) => states.push(state), query: () => "?epoch=1&seq=9",
  });
  line.open();
  await settle();
  sockets[0].open();
  sockets[0].say({ type: "hello", again });
  return { line, heard, states };
}

beforeEach(() => {
  sockets = [];
  posts = 0;
});

test("whoever was let in comes back with the ticket the hello brought, without asking again", async () => {
  const { line } = await greeted();
  assert.equal(sockets[0].ticket, "fresh1");
  sockets[0].close();
  await settle(soon);
  assert.equal(sockets[1].ticket, "back");
  assert.equal(sockets[1].url, "wss://school.example/ws/listen/?epoch=1&seq=9");
  assert.equal(posts, 1);
  line.close();
});

test("a ticket that is too late is replaced by a fresh one at once, and only once", async () => {
  const { line } = await greeted();
  sockets[0].close();
  await settle(soon);
  sockets[1].open();
  sockets[1].say({ type: "refused", code: "ticket", sentence: "late" });
  await settle(20);
  assert.equal(sockets[2].ticket, "fresh2");
  sockets[2].open();
  sockets[2].say({ type: "refused", code: "ticket", sentence: "late" });
  sockets[2].close();
  await settle(20);
  assert.equal(sockets.length, 3);
  line.close();
});

test("a network that is still away does not use the ticket up", async () => {
  const { line } = await greeted();
  sockets[0].close();
  await settle(soon);
  sockets[1].close();
  await settle(2 * soon);
  assert.equal(sockets[2].ticket, "back");
  line.close();
});

test("when the server moves, the new connection carries before the old one is let go", async () => {
  const { line, states } = await greeted();
  sockets[0].say({ type: "moved", within_ms: 20 });
  await settle(40);
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].readyState, 1);
  sockets[1].open();
  line.send("still here");
  assert.deepEqual(sockets[0].sent, ["still here"]);
  sockets[1].say({ type: "hello", again: "next" });
  await settle();
  assert.equal(sockets[0].readyState, 3);
  line.send("now there");
  assert.deepEqual(sockets[1].sent, ["now there"]);
  assert.ok(!states.includes("waiting"));
  line.close();
});

test("when the old connection goes before the new one is greeted, the new one carries on", async () => {
  const { line, states } = await greeted();
  sockets[0].say({ type: "moved", within_ms: 1 });
  await settle(20);
  sockets[0].close();
  await settle(5);
  sockets[1].open();
  sockets[1].say({ type: "hello", again: "next" });
  assert.equal(line.state, "open");
  assert.equal(sockets.length, 2);
  assert.ok(!states.includes("waiting"));
  line.close();
});

test("a full room is final, and brings the other way to listen", async () => {
  const { line, states } = await greeted();
  sockets[0].say({ type: "refused", code: "full", sentence: "full", hls: "/x.m3u8" });
  sockets[0].close();
  await settle(soon);
  assert.equal(states[states.length - 1], "refused");
  assert.equal(sockets.length, 1);
  line.close();
});
