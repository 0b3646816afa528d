// How a live page says a time, and puts what it says where it is seen.
export { clock, find, spokenClock } from "../web/js/words.js";

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
 * @param {() => void} act
 * @param {string} name class
 * @param {...(Node | string)} children
 */
export function buttonTo(act, name, ...children) {
  const element = el("button", name, ...children);
  element.type = "button"; // else it would submit the form it stands in
  element.addEventListener("click", act);
  return element;
}

/**
 * Touch only what changes: a screen reader speaks every touch.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Put a text wherever the page shows it.
 * @param {ParentNode} root
 * @param {string} selector
 * @param {string} text
 */
export function say(root, selector, text) {
  for (const element of root.querySelectorAll(selector)) write(element, text);
}
