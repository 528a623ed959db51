// What keeps somebody on a page, and what they are reminded of.

/** Whether something of a question is not answered yet. */
function isMissing(question) {
  if (question.type === "information" || question.type === "hidden") return false;
  if (question.type === "battery") return question.variables.some((variable) => !state.answers[variable.key]);
  return !keysOf(question).some((key) => state.answers[key]);
}

/** A limit as it is read in the language that is shown. */
function limit(each) {
  if (typeof each === "number") return each.toLocaleString(spoken(), { useGrouping: false, maximumFractionDigits: 10 });
  return each.split("-").reverse().join("/");
}

function outside(question) {
  const { minimum, maximum } = question;
  if (question.invalid) return shown(question.invalid);
  const places = { low: minimum === null ? "" : limit(minimum), high: maximum === null ? "" : limit(maximum) };
  return word(minimum === null ? "at_most" : maximum === null ? "at_least" : "between", places);
}

/** What is wrong with the answer to a question; empty where nothing is. */
function fault(question) {
  const raw = state.answers[question.code] || "";
  if (question.type === "date" && document.getElementById(`q-${question.code}`)?.validity.badInput) return word("not_a_date");
  if (raw && question.type === "number" && !NUMBER.test(raw)) return word("not_a_number");
  if (raw && (question.type === "number" || question.type === "date")) {
    const given = question.type === "number" ? Number(raw) : raw;
    const { minimum, maximum } = question;
    if ((minimum !== null && given < minimum) || (maximum !== null && given > maximum)) return outside(question);
  }
  // The signs that a pattern may hold mean the same here as where answers are read.
  if (raw && question.pattern && !new RegExp(`^(?:${question.pattern})$`).test(raw)) return shown(question.invalid);
  if (question.type === "multiple" && question.choices !== null) {
    const given = question.variables.filter((variable) => state.answers[variable.key]).length;
    if (given > question.choices) return word("too_many", { number: question.choices });
  }
  return "";
}

/** Messages for the questions of a page, by code, and whether any of them stops somebody who goes on. */
function checked(page) {
  const messages = new Map();
  let stops = false;
  for (const question of page.questions.filter(isShown)) {
    const wrong = fault(question);
    if (wrong || (question.mandatory === "hard" && isMissing(question))) {
      messages.set(question.code, wrong || word("required"));
      stops = true;
    } else if (question.mandatory === "soft" && isMissing(question) && !state.reminded.has(page.code)) {
      messages.set(question.code, word("missing"));
    }
  }
  return { messages, stops };
}
