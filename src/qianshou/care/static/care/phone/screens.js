// Drawing: one screen at a time, from templates of the page. Words come from the page, never from here.

const SCREENS = [...document.querySelectorAll("main > section[id]")];
const SENT_SHOWN = 6000;
const lang = document.documentElement.lang;
const day = new Intl.DateTimeFormat(lang, { month: "long", day: "numeric", weekday: "short" });
const moment = new Intl.DateTimeFormat(lang, {
  month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
});

export const part = (name, within = document) => within.querySelector(`[data-${name}]`);
export const words = (name) => document.getElementById(`say-${name}`).textContent;

export function showScreen(name) {
  for (const each of SCREENS) each.hidden = each.id !== name;
  delete document.documentElement.dataset.first;
  complain("");
  const open = document.getElementById(name);
  // She may already be typing where the page was painted before this module had come.
  if (!open.contains(document.activeElement)) open.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
  part("do='lock'").hidden = open.dataset.private === undefined;
}

export const isShown = () => SCREENS.some((each) => !each.hidden);

export function complain(text) {
  const place = part("problem");
  place.textContent = text;
  place.hidden = !text;
}

function fill(within, name, text) {
  for (const place of within.querySelectorAll(`[data-${name}]`)) {
    place.textContent = text;
    place.hidden = false;
  }
}

function stamp(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

const kindWords = (code) =>
  document.querySelector(`#what option[value="${code}"]`)?.textContent ?? code;

function daysLate(next, today) {
  return Math.round((Date.parse(today) - Date.parse(next)) / 86_400_000);
}

export function localDay(time) {
  const at = new Date(time);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function childCard(child, today) {
  const card = stamp("child-card");
  fill(card, "name", child.age === null ? child.name : `${child.name} · ${child.age}`);
  const late = daysLate(child.next_on, today);
  if (late > 0) {
    card.classList.add("bad");
    part("late", card).hidden = false;
    fill(card, "days", String(late));
  } else {
    part("next", card).hidden = false;
    fill(card, "day", day.format(new Date(`${child.next_on}T12:00`)));
  }
  if (child.last_on) {
    part("last", card).hidden = false;
    fill(card, "last-day", day.format(new Date(`${child.last_on}T12:00`)));
  }
  if (child.holds) {
    part("holds", card).hidden = false;
    fill(card, "what", kindWords(child.holds.what));
    fill(card, "at", moment.format(new Date(child.holds.at)));
    part("unsent-mark", card).hidden = !child.holds.unsent;
  }
  part("disputed", card).hidden = !child.disputed.length;
  card.dataset.pairing = child.pairing;
  return card;
}

function goingCard(going) {
  const card = stamp("going-card");
  fill(card, "name", going.name);
  fill(card, "on", day.format(new Date(`${going.on}T12:00`)));
  fill(card, "window", going.window);
  fill(card, "purpose", going.purpose);
  part("with", card).hidden = !going.people.length;
  fill(card, "people", going.people.join(" · "));
  return card;
}

function wordCard(word, home) {
  const card = stamp("word-card");
  fill(card, "text", word.text);
  fill(card, "name", word.name);
  fill(card, "by", word.by);
  fill(card, "at", moment.format(new Date(word.at)));
  if (word.kind === "QUESTION") {
    part("answer", card).hidden = false;
    part("answer", card).href = `${home}questions/${word.id}/`;
  }
  return card;
}

function heldCard(told) {
  const card = stamp(told.outcome === "REFUSED" ? "refused-card" : "held-card");
  fill(card, "text", told.say || told.text || "");
  return card;
}

// What looks as before stays in its place: a finger may be on it.
function put(list, nodes) {
  const same = list.children.length === nodes.length && nodes.every((each, at) => each.isEqualNode(list.children[at]));
  if (!same) list.replaceChildren(...nodes);
}

export function drawToday(kept, told, now) {
  const { home } = document.body.dataset;
  const list = (name) => document.querySelector(`[data-list="${name}"]`);
  const today = localDay(now);
  const children = kept ? [...kept.children] : [];
  children.sort((one, other) => (one.next_on < other.next_on ? -1 : 1));
  put(list("children"), children.map((each) => childCard(each, today)));
  put(list("words"), (kept ? kept.words : []).map((each) => wordCard(each, home)));
  part("words").hidden = !kept || !kept.words.length;
  const goings = (kept?.goings ?? []).filter((each) => each.on >= today);
  put(list("goings"), goings.map(goingCard));
  part("goings").hidden = !goings.length;
  put(list("held"), told.map(heldCard));
  part("stale").hidden = Boolean(kept);
  part("empty").hidden = !kept || children.length > 0;
  part("fresh").textContent = kept ? `${words("stored")} ${moment.format(new Date(kept.at))}` : "";
}

export function drawCount(number) {
  part("unsent").hidden = number === 0;
  part("count").textContent = String(number);
  if (number) part("sent").hidden = true;
}

// Said for a moment only: it lies over what stands at the foot of the screen.
let saidSent = 0;

export function drawSent() {
  part("sent").hidden = false;
  clearTimeout(saidSent);
  saidSent = setTimeout(() => { part("sent").hidden = true; }, SENT_SHOWN);
}

export function drawNet() {
  document.querySelector('[data-net="off"]').hidden = navigator.onLine;
}
