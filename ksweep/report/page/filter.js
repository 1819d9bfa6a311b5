// The filter: words that a trial has, and comparisons such as LEARNING_RATE<0.01.

const COMPARISON = /^([^<>=!~]+)(<=|>=|!=|=|<|>|~)(.*)$/;
const SPACED = /"[^"]*"|\s*(<=|>=|!=|==|=|<|>|~)\s*/g;

/**
 * What a filter says: `test` of a row, and `problem` where a name is unknown or a value missing.
 * Parts are separated by spaces or && and must all hold; quotes keep spaces together.
 */
function parseFilter(sweep, text) {
  const close = text.replace(SPACED, (all, operator) => (operator === "==" ? "=" : operator ?? all));
  const parts = (close.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).filter((part) => part !== "&&");
  const tests = [];
  for (const part of parts.map((one) => one.replaceAll('"', ""))) {
    const match = COMPARISON.exec(part);
    if (!match) { tests.push(wordTest(sweep, part.toLowerCase())); continue; }
    const column = columnNamed(sweep, match[1]);
    if (!column) return { test: () => true, problem: `There is no column ${match[1]}.` };
    const problem = problemOf(column, match[2], match[3]);
    if (problem) return { test: () => true, problem };
    tests.push(comparison(column, match[2], match[3]));
  }
  return { test: (row) => tests.every((test) => test(row)), problem: "" };
}

function columnNamed(sweep, name) {
  const wanted = name.trim().toLowerCase().replace(/^config_(?=.)/, "");
  for (const [known, column] of sweep.columns) {
    if (known.toLowerCase() === wanted || known.toLowerCase() === name.trim().toLowerCase()) return column;
  }
  return undefined;
}

/** What is wrong with a comparison; empty where nothing is. */
function problemOf(column, operator, text) {
  if (text === "" && operator !== "=" && operator !== "!=") return `${column.name}${operator} needs a value.`;
  const ordered = operator.includes("<") || operator.includes(">");
  return ordered && column.numeric && Number.isNaN(Number(text)) ? `${text} is no number.` : "";
}

function wordTest(sweep, word) {
  const columns = [...sweep.columns.values()].filter((column) => column.kind !== "metric" && column.kind !== "resource");
  return (row) => columns.some((column) => column.text(row).toLowerCase().includes(word));
}

function comparison(column, operator, text) {
  const wanted = Number(text);
  const numeric = column.numeric && text.trim() !== "" && wanted === wanted;
  const lower = text.toLowerCase();
  const inactive = (row) => column.kind === "parameter" && column.codes[row] < 0;
  if (operator === "~") return (row) => !inactive(row) && column.text(row).toLowerCase().includes(lower);
  if (numeric) {
    const holds = COMPARE[operator];
    return (row) => { const value = column.number(row); return value === value && holds(value, wanted); };
  }
  const holds = COMPARE[operator];
  return (row) => !inactive(row) && holds(column.text(row).toLowerCase(), lower);
}

const COMPARE = {
  "=": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b,
  "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};
