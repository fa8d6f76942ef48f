// The checklist of each child: what is late or open, what counts by itself, and a tick of one's own.
// What is ticked without a signal waits like any entry, and says so until it is sent.

import * as recordings from "./recordings.js";
import { part, showScreen } from "./screens.js";

let app = null;
let day = null;
// What the open list shows, so that it is drawn anew only for something new.
let shown = "";

const MARKS = { LATE: "bad", DUE: "wait", DONE: "good", FREE: "neutral" };
const form = document.querySelector('[data-form="tick"]');
const lang = document.documentElement.lang;
const date = new Intl.DateTimeFormat(lang, { month: "long", day: "numeric" });
const of = (pairing) => day?.checklists?.[pairing];

function fill(within, name, text) {
  const place = part(name, within);
  place.textContent = text;
  place.hidden = false;
}

function line(item) {
  const card = document.getElementById("item-card").content.firstElementChild.cloneNode(true);
  fill(card, "item-name", item.name);
  const state = part(`item-${item.state.toLowerCase()}`, card);
  state.hidden = false;
  state.classList.add(MARKS[item.state]);
  if (item.needed) fill(card, "item-count", `${item.done} / ${item.needed}`);
  part("item-until", card).hidden = false;
  fill(card, "item-day", date.format(new Date(`${item.until}T12:00`)));
  part("item-by-contact", card).hidden = !item.by_contact;
  part("item-unsent", card).hidden = !item.unsent;
  const button = part("do='tick'", card);
  button.hidden = !item.by_hand;
  button.dataset.item = item.item;
  button.dataset.part = item.part;
  return card;
}

function list(pairing) {
  const child = day?.children.find((each) => each.pairing === pairing);
  const kept = of(pairing);
  if (!child || !kept) return false;
  const screen = document.getElementById("checklist");
  screen.dataset.pairing = pairing;
  part("who", screen).textContent = child.name;
  part("goal", screen).hidden = !kept.goal;
  if (kept.goal) fill(screen, "goal-aim", kept.goal.aim);
  const order = ["LATE", "DUE", "FREE", "DONE"];
  const items = [...kept.items].sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
  part("list='items'", screen).replaceChildren(...items.map(line));
  part("no-items", screen).hidden = items.length > 0;
  shown = JSON.stringify(kept);
  return true;
}

// Say on each child's card how much of the checklist is late or open.
function mark() {
  for (const card of document.querySelectorAll('[data-list="children"] > [data-pairing]')) {
    const items = of(card.dataset.pairing)?.items ?? [];
    const open = items.filter((each) => each.state === "LATE" || each.state === "DUE").length;
    const place = part("open-items", card);
    if (place) place.textContent = open ? ` ${open}` : "";
  }
}

export function draw(kept) {
  day = kept;
  if (!kept) {
    part("list='items'").replaceChildren();
    part("who", document.getElementById("checklist")).textContent = "";
    part("goal").hidden = true;
    part("goal-aim").textContent = "";
    return;
  }
  mark();
  const screen = document.getElementById("checklist");
  const { pairing } = screen.dataset;
  if (!screen.hidden && shown !== JSON.stringify(of(pairing))) list(pairing);
}

export function begin(given) {
  app = given;
}

async function send(filled) {
  const { pairing, item, part: of_part } = filled.dataset;
  const data = new FormData(filled);
  const chosen = data.get("on");
  const at = chosen ? new Date(`${chosen}T12:00`) : new Date();
  const recorded = await recordings.taken();
  await app.hand({
    type: "tick", pairing, item, part: of_part, at: at.toISOString(), note: data.get("note"),
  }, { recorded });
  filled.reset();
  recordings.clear();
  await app.dropDraft(filled);
  const kept = await app.theDay();
  const found = kept?.checklists?.[pairing]?.items.find(
    (each) => each.item === item && each.part === of_part && each.state !== "LATE",
  );
  if (found) {
    found.done += 1;
    found.unsent = true;
    if (found.done >= found.needed) found.state = "DONE";
    await app.keepDay(kept);
  }
  return app.handed();
}

export const forms = { tick: send };

export const acts = {
  checklist: (pairing) => {
    if (list(pairing)) showScreen("checklist");
  },
  tick: async (pairing, button) => {
    const { item, part: of_part } = button.dataset;
    const found = of(pairing)?.items.find((each) => each.item === item && each.part === of_part);
    if (!found) return;
    form.reset();
    Object.assign(form.dataset, { pairing, item, part: of_part });
    part("what-item", document.getElementById("tick")).textContent = found.name;
    const child = day.children.find((each) => each.pairing === pairing);
    const photos = Boolean(found.photo && child?.photos);
    part("no-photo", form).hidden = !found.photo || photos;
    await app.openDraft(form, `tick:${pairing}:${item}:${of_part}`, photos);
    showScreen("tick");
  },
};
