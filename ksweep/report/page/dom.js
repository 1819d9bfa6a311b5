// Elements. Whatever comes from the results goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

const byId = (id) => document.getElementById(id);

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element; an attribute that is a function listens to the event of that name. */
const el = (tag, attributes = {}, ...children) =>
  dressed(document.createElement(tag), attributes, children);

const svg = (tag, attributes = {}, ...children) =>
  dressed(document.createElementNS(SVG, tag), attributes, children);

/** Replaces what an element holds; null stands for nothing. */
function fill(holder, ...children) {
  holder.replaceChildren(...children.filter((child) => child !== null));
}

/** Does what may replace elements; what had the focus has it again, found by its `data-key`. */
function keepingFocus(change) {
  const key = document.activeElement?.dataset.key;
  change();
  if (key === undefined || document.activeElement?.dataset.key === key) return;
  for (const one of document.querySelectorAll("[data-key]")) {
    if (one.dataset.key === key) { one.focus({ preventScroll: true }); return; }
  }
}

/** Gives a select its options, but leaves an open one alone where nothing has changed. */
function setOptions(select, names, chosen) {
  const known = [...select.options].map((option) => option.value);
  if (known.join("\n") !== names.join("\n")) {
    select.replaceChildren(...names.map((name) => el("option", { value: name }, name)));
  }
  select.value = chosen;
}

/** A labelled select that calls `choose` with the name chosen. */
function selector(label, key, choose) {
  const select = el("select", { "data-key": key, change: () => choose(select.value) });
  return { select, holder: el("label", {}, `${label} `, select) };
}

/** Check boxes behind a word, for columns and axes. */
function chooser(title, key, names, isOn, toggle) {
  const boxes = names.map((name) =>
    el("label", { class: "check" },
      dressed(el("input", { type: "checkbox", "data-key": `${key}:${name}`,
        change: (event) => toggle(name, event.target.checked) }),
      { checked: isOn(name) }, []),
      ` ${name}`));
  return el("details", { class: "chooser" }, el("summary", {}, title),
    el("div", { class: "choices" }, ...boxes));
}
