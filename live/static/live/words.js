import { UNIT_MS } from "./wire.js";

/**
 * A running time: 0:23, 42:18, 1:05:07.
 * @param {number} ms
 */
export function clock(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = String(seconds).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/**
 * The same time for someone who hears it read.
 * @param {number} ms
 */
export function spokenClock(ms) {
  const total = Math.max(0, Math.round(ms / 1000));
  if (total < 60) return interpolate(gettext("%s 秒"), [total]);
  return interpolate(gettext("%s 分 %s 秒"), [Math.floor(total / 60), total % 60]);
}

/** @param {number} t media clock, units of 2.5 ms */
export const toMs = (t) => t * UNIT_MS;

/**
 * A copy of an icon the page carries as a template.
 * @param {string} name
 * @returns {Node}
 */
export function icon(name) {
  const template = document.querySelector(`template[data-icon="${name}"]`);
  return template instanceof HTMLTemplateElement ? template.content.cloneNode(true) : document.createTextNode("");
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [name] class
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, name = "", ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

/**
 * An element this page must have.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function find(selector, root = document) {
  const element = root.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return element;
}

/**
 * Put a text wherever the page shows it, touching only what changes: a screen reader speaks every touch.
 * @param {ParentNode} root
 * @param {string} selector
 * @param {string} text
 */
export function say(root, selector, text) {
  for (const element of root.querySelectorAll(selector)) if (element.textContent !== text) element.textContent = text;
}
