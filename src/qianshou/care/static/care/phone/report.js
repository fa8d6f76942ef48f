// A mandatory report: open to everybody who holds the phone, without a PIN, with or without a signal.
// What is typed is never kept in the clear; sent, it is sealed like any entry and goes first.

import { part, showScreen } from "./screens.js";

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let app = null;

export function begin(given) {
  app = given;
}

// The same number that the server reckons from the entry's id (protection/rules/reading.py).
async function numberOf(id) {
  const bytes = Uint8Array.from(id.replaceAll("-", "").match(/../g), (each) => parseInt(each, 16));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 5);
  const bits = [...digest].map((each) => each.toString(2).padStart(8, "0")).join("");
  const letters = bits.match(/.{5}/g).map((each) => LETTERS[parseInt(each, 2)]).join("");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

// The children are named only while the app is unlocked.
export function draw(day) {
  const choices = part("report-choices");
  choices.replaceChildren();
  for (const each of day?.children ?? []) {
    const box = document.createElement("div"), label = document.createElement("label");
    const input = document.createElement("input"), name = document.createElement("span");
    Object.assign(input, { type: "radio", name: "pairing", value: each.pairing });
    name.textContent = each.name;
    label.append(input, " ", name);
    box.append(label);
    choices.append(box);
  }
  part("report-children").hidden = !choices.children.length;
}

const moment = (text) => (text ? new Date(text).toISOString() : "");

async function send(form) {
  const said = Object.fromEntries(new FormData(form));
  const id = await app.hand(
    { ...said, type: "report", at: new Date().toISOString(), noticed: moment(said.noticed) },
    { urgent: true },
  );
  part("report-unset").hidden = id !== null;
  if (id === null) return;
  form.reset();
  form.hidden = true;
  part("report-number").textContent = await numberOf(id);
  part("report-kept").hidden = false;
  await app.handed();
  showScreen("report");
}

export const forms = { report: send };
export const acts = {
  report() {
    for (const name of ["report-kept", "report-unset"]) part(name).hidden = true;
    document.querySelector('[data-form="report"]').hidden = false;
    showScreen("report");
  },
};
