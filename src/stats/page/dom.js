// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Elements. Text of others, such as names and keys, only ever becomes text: nothing here parses HTML.
 *
 * @module
 */

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag Which one.
 * @param {Record<string, string>} [attributes] Its attributes.
 * @param {...(Node | string)} children What is in it.
 * @returns {HTMLElementTagNameMap[Tag]} The element.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * Finds an element of index.html.
 *
 * @param {string} id Its id.
 * @returns {HTMLElement} The element.
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Cannot find "${id}": the page has no such element`);
  return found;
}

/**
 * Sets an element's text, and leaves it alone when nothing changes.
 *
 * @param {Node} node The element.
 * @param {string} text The text.
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Sets an attribute, and leaves it alone when nothing changes.
 *
 * @param {Element} node The element.
 * @param {string} name The attribute's name.
 * @param {string | null} value Its value; null for none.
 */
export function setAttribute(node, name, value) {
  if (node.getAttribute(name) === value) return;
  if (value === null) node.removeAttribute(name);
  else node.setAttribute(name, value);
}

/**
 * Brings the children of an element in line with a list; those that stay in place are not touched, so that they keep focus.
 *
 * @param {Element} parent The element.
 * @param {readonly Element[]} children What should be in it.
 */
export function setChildren(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
}
