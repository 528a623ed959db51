// Who is asked what, as routing.py says: a comparison with a missing answer is false, != included; answers to
// questions that were not asked count as missing. Nothing here touches the page.

const { instrument, words } = JSON.parse(document.getElementById("data").textContent);
const questions = instrument.groups.flatMap((group) => group.questions);
const questionOf = new Map(questions.map((question) => [question.code, question]));
const variableOf = new Map(
  questions.flatMap((question) => question.variables.map((variable) => [variable.name, { ...variable, question }])),
);
const NUMBER = /^(-?[0-9]*\.?[0-9]+|-?[0-9]+\.)$/;
const CHOICES = new Set(["single", "yes_no", "rating", "battery"]);

/** "don't know" and the refusal, as far as a question offers them. */
function offered(question) {
  return instrument.reasons.filter((reason) => question[reason.name]);
}

/** Raw answers of a platform, by key, as values and reasons by variable; what is missing is null. */
function coded(answers) {
  const values = {}, reasons = {};
  for (const question of questions) {
    const raw = (key) => answers[key] || "";
    const [own, text] = [question.variables.filter((each) => each.key !== `${question.code}[other]`),
      question.variables.find((each) => each.key === `${question.code}[other]`)];
    let counts = true;
    if (question.type === "multiple") {
      const stated = offered(question).filter((reason) => raw(`${question.code}[${reason.code}]`) === "Y").pop();
      counts = !stated && question.variables.some((each) => raw(each.key));
      for (const variable of question.variables) {
        values[variable.name] = counts && variable !== text ? raw(variable.key) === "Y" : null;
        reasons[variable.name] = stated ? stated.name : null;
      }
    } else {
      for (const variable of own) {
        const key = question.reason_key || variable.key;
        const stated = offered(question).find((reason) => raw(key) === reason.code);
        reasons[variable.name] = stated ? stated.name : null;
        values[variable.name] = stated ? null : value(question, variable, raw(variable.key));
      }
      counts = values[question.code] === "other";
    }
    if (text) values[text.name] = (counts && raw(text.key)) || null;
  }
  return { values, reasons };
}

/** One raw answer as a value, null where it is none. */
function value(question, variable, raw) {
  if (raw === "") return null;
  if (CHOICES.has(question.type) || question.type === "ranking") {
    if (question.type === "rating") {
      const inside = /^[0-9]+$/.test(raw) && Number(raw) >= question.minimum && Number(raw) <= question.maximum;
      return inside ? Number(raw) : null;
    }
    const code = question.other && raw === "-oth-" ? "other" : raw;
    return variable.codes.includes(code) ? code : null;
  }
  if (question.type === "number") return NUMBER.test(raw) ? Number(raw) : null;
  if (question.type === "date") return /^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(raw) ? raw.slice(0, 10) : null;
  return raw.replaceAll("\r\n", "\n");
}

const COMPARE = {
  "=": (one, other) => one === other,
  "!=": (one, other) => one !== other,
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
};

/** Whether a tree of conditions holds. */
function holds(tree, known) {
  const answered = (name) => known.asked[name] !== false && known.values[name] !== null;
  const compare = (sign, wanted) => {
    if (!answered(tree.name)) return false;
    const { codes } = variableOf.get(tree.name), found = known.values[tree.name];
    // Codes are compared by their place in the scale.
    return codes.length
      ? COMPARE[sign](codes.indexOf(found), codes.indexOf(wanted))
      : COMPARE[sign](found, wanted);
  };
  switch (tree.kind) {
    case "and": return tree.parts.every((part) => holds(part, known));
    case "or": return tree.parts.some((part) => holds(part, known));
    case "not": return !holds(tree.part, known);
    case "compare": return compare(tree.sign, tree.value);
    case "in": return tree.values.some((each) => compare("=", each));
    case "holds": return answered(tree.name) && known.values[tree.name] === true;
    case "state":
      if (tree.state === "answered") return answered(tree.name);
      return known.asked[tree.name] !== false && known.reasons[tree.name] === tree.state;
  }
  throw new Error(`unknown condition ${tree.kind}`);
}

/** Which variables are asked of somebody with these raw answers: a mapping of name to true or false. */
function askedVariables(answers) {
  const known = { ...coded(answers), asked: {} };
  for (const group of instrument.groups) {
    for (const question of group.questions) {
      let ask = true;
      if (instrument.consent && question.code !== instrument.consent) {
        ask = holds({ kind: "compare", name: instrument.consent, sign: "=", value: "yes" }, known);
      }
      for (const routing of [group.routing, question.routing]) ask &&= !routing || holds(routing.tree, known);
      for (const variable of question.variables) known.asked[variable.name] = ask;
      if (question.other && question.type === "single") {
        known.asked[`${question.code}_other`] = holds(
          { kind: "compare", name: question.code, sign: "=", value: "other" }, known,
        );
      }
      known.asked[`question ${question.code}`] = ask;
    }
  }
  return known.asked;
}
