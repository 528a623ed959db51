// What somebody has answered so far, and where they are.

const state = {
  answers: {}, // by raw key, as a platform stores them
  language: instrument.languages[0].code,
  page: -1, // -1 before the first page, the number of pages after the last
  fileOrder: false,
  all: false,
  panel: window.innerWidth >= 1100,
  reminded: new Set(), // pages on which a missing answer was asked for once more
  full: new Set(), // quotas that the designer takes as full
  quota: null, // the full quota that ended the interview
};
const orders = new Map();
const listeners = [];
let asked = {};

/** Store raw answers; an empty one is taken out. */
function store(entries) {
  for (const [key, answer] of Object.entries(entries)) {
    if (answer === "" || answer === null) delete state.answers[key];
    else state.answers[key] = answer;
  }
  settle();
  for (const listener of listeners) listener();
}

/** Work out what is asked, and let hidden questions store their value. */
function settle() {
  const hidden = questions.filter((question) => question.type === "hidden");
  for (let turn = 0; turn <= hidden.length; turn += 1) {
    asked = askedVariables(state.answers);
    for (const { code, value: stored } of hidden) {
      if (asked[code]) state.answers[code] = stored;
      else delete state.answers[code];
    }
  }
  asked = askedVariables(state.answers);
}

const isAsked = (question) => asked[`question ${question.code}`] === true;
const isShown = (question) => question.type !== "hidden" && isAsked(question);

/** Every raw key of a question. */
function keysOf(question) {
  const keys = question.variables.map((variable) => variable.key);
  if (question.type === "multiple") keys.push(...offered(question).map((reason) => `${question.code}[${reason.code}]`));
  if (question.reason_key) keys.push(question.reason_key);
  return keys;
}

/** Answers or lines in the order they are shown: at random, the same for one respondent, or as in the file. */
function ordered(question, list) {
  if (!question.randomise || state.fileOrder) return list;
  if (!orders.has(question.code)) {
    const order = list.map((_, place) => place);
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = Math.floor(Math.random() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    orders.set(question.code, order);
  }
  return orders.get(question.code).map((place) => list[place]);
}

/** Whether somebody with these answers belongs to a quota. */
function belongs(quota) {
  const { values } = coded(state.answers);
  return quota.when.every(([name, codes]) => asked[name] && codes.includes(String(values[name])));
}

settle();
