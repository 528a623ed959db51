// Building blocks: elements, and texts in the language that is shown.

/** Make an element; `on` holds listeners, other properties are attributes, `true` one without a value. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, content] of Object.entries(properties)) {
    if (name === "on") for (const [event, listener] of Object.entries(content)) element.addEventListener(event, listener);
    else if (content === true) element.setAttribute(name, "");
    else if (content !== false && content !== null && content !== undefined) element.setAttribute(name, content);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A text of the instrument in the language that is shown. */
const shown = (text) => (text ? text[state.language] : "");

/** The language that the words of the page itself are in: English where they are in no other. */
function spoken() {
  const primary = state.language.slice(0, 2);
  return primary in words.next ? primary : "en";
}

/** Words of the page itself. */
function word(key, places = {}) {
  return words[key][spoken()].replace(/\{(\w+)\}/g, (_, name) => places[name]);
}

/** Attributes that say what language words of the page are in, where it is not that of the questionnaire. */
function wordLanguage() {
  return spoken() === state.language.slice(0, 2) ? {} : { lang: spoken(), dir: "ltr" };
}

/** Words of the page itself, as an element that says its language. */
function said(key, places = {}, tag = "span", properties = {}) {
  return make(tag, { ...wordLanguage(), ...properties }, word(key, places));
}

/** A text of the instrument as an element. */
function prose(text, properties = {}, tag = "p") {
  return text ? make(tag, properties, shown(text)) : null;
}

/** A button with words of the page. */
function button(key, action, properties = {}) {
  return said(key, {}, "button", { type: "button", ...properties, on: { click: action } });
}
