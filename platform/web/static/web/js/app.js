// What every page of the school stands on: the one sound, which stays while pages come and go, and the scripts of each page.
import { sayHere } from "./here.js";
import { Mini } from "./mini.js";
import { Sound } from "./sound.js";
import { slash } from "./slash.js";
import { find } from "./words.js";

const NEVER_MS = 2 ** 31 - 1;
/** What is no page of the app, or has a sound of its own: the browser goes there by itself, and the sound ends. */
const ELSEWHERE = /^\/(admin|django-admin|accounts|documents|media|live|pay|pictures|feeds?)\//;

export const sound = new Sound(/** @type {HTMLAudioElement} */ (find("#sound audio")));
const mini = new Mini(sound);
/** @type {{enter?: () => void, leave?: () => void}[]} */
let scripts = [];

/** The page is here, loaded or exchanged: its scripts begin. */
async function enter() {
  const addresses = [...document.querySelectorAll("script[data-page]")].map((script) => /** @type {HTMLScriptElement} */ (script).src);
  scripts = await Promise.all(addresses.map((address) => import(address)));
  for (const script of scripts) script.enter?.();
  sayHere(document);
  mini.show();
}

function leave() {
  for (const script of scripts.splice(0)) script.leave?.();
}

/** @type {Promise<(address: string) => void> | undefined} */
let travelling;

/** While there is a sound, pages are exchanged below it. What does so is fetched when it is first wanted: the sound comes first. */
const travel = () => (travelling ??= setUp());

async function setUp() {
  const { config, visit } = await import("../vendor/turbo-8.0.23/turbo.es2017-esm.js");
  config.forms.mode = "off"; // a form that is refused comes back as a page, which is not how Turbo wants it
  config.drive.progressBarDelay = NEVER_MS; // its style would need a nonce
  document.addEventListener("turbo:click", (event) => {
    const { url } = /** @type {CustomEvent<{url: string}>} */ (event).detail;
    if (!isOurs(new URL(url, location.href))) event.preventDefault();
  });
  document.addEventListener("turbo:before-render", leave);
  document.addEventListener("turbo:load", arrive);
  return visit;
}

/** @param {URL} url */
const isOurs = ({ origin, pathname }) => origin === location.origin && !ELSEWHERE.test(pathname);

/** @param {MouseEvent} event */
async function setOut(event) {
  const link = event.target instanceof Element && event.target.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || sound.audio.paused || event.defaultPrevented) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || !isOurs(new URL(link.href)) || link.hash) return;
  event.preventDefault();
  removeEventListener("click", setOut);
  go(link.href);
}

/** A search, or a filter: a page like any other. @param {SubmitEvent} event */
function seek(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "get" || form.target || sound.audio.paused || event.defaultPrevented) return;
  const url = new URL(form.action);
  if (!isOurs(url)) return;
  event.preventDefault();
  const said = [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]);
  url.search = String(new URLSearchParams(said));
  go(url.href);
}

/** @param {string} address */
async function go(address) {
  try {
    const visit = await travel();
    visit(address);
  } catch {
    travelling = undefined;
    location.assign(address); // the network is too weak for it: the sound ends, and is taken up again there
  }
}

/** Someone who cannot see it hears where they are, and the keyboard begins at the top. */
function arrive() {
  find("[data-arrived]").textContent = document.title;
  if (!location.hash) find("#main").focus({ preventScroll: true });
  enter();
}

/** What an earlier page could not send any more is on this device; the module that wrote it knows where it belongs. */
async function tidyUp() {
  const modules = Object.entries(JSON.parse(sound.box.dataset.leftovers ?? "{}"));
  for (const [prefix, address] of modules) {
    if (Object.keys(localStorage).some((name) => name.startsWith(prefix))) (await import(address)).flush();
  }
}

/** Without a network there is a page all the same, see worker.js. It can wait until this one is there. */
function beginWorker() {
  const { worker } = sound.box.dataset;
  if (worker) navigator.serviceWorker?.register(worker, { scope: "/", updateViaCache: "none" }).catch(() => {});
}

addEventListener("click", setOut);
addEventListener("submit", seek);
slash();
enter();
tidyUp();
if (document.readyState === "complete") beginWorker();
else addEventListener("load", beginWorker, { once: true });
