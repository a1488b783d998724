import { pointerOnStage } from "../actions/pointer";
import { asList, asNumber, asObject, asText, asTexts, sameJson } from "../graph/json";
import type { Json, JsonObject } from "../graph/json";
import type { Point } from "../graph/types";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { createStore } from "../store/store";
import type { Store } from "../store/store";
import type { Hearer } from "./follow";

/** Somebody else who has this workflow open, in one tab. */
export interface Person {
  readonly who: string;
  readonly name: string;
  /** Whether they may change anything. */
  readonly edits: boolean;
  /** Where their pointer is on the plane; null while it is elsewhere. */
  readonly at: Point | null;
  readonly nodes: readonly string[];
  /** Where the cards are that they are dragging. */
  readonly moving: ReadonlyMap<string, Point>;
}

export interface People {
  readonly others: ReadonlyMap<string, Person>;
}

/** How often it is looked whether there is anything to tell, in milliseconds. */
const OFTEN = 80;
/** What is told without news, so that whoever is still here is known to be; who was silent for longer is gone. */
const BEAT = 15_000;
const GONE = 40_000;
/** Cards that were let go stay where they were until the edit has come, or for so long. */
const LINGER = 800;
const NOWHERE: ReadonlyMap<string, Point> = new Map();
/** So many chosen or dragged cards are told of. */
const MOST = 50;

export function createPeople(): Store<People> {
  return createStore<People>({ others: new Map() });
}

export function parsePerson(frame: JsonObject): Person {
  return {
    who: asText(frame.who),
    name: asText(frame.name, t("Somebody")),
    edits: frame.edits === true,
    at: point(frame.at),
    nodes: asTexts(frame.nodes),
    moving: new Map(Object.entries(asObject(frame.moving)).flatMap(([id, place]) => {
      const at = point(place);
      return at ? [[id, at] as const] : [];
    })),
  };
}

function point(value: Json | undefined): Point | null {
  const [x, y] = asList(value).map(asNumber);
  return typeof x === "number" && typeof y === "number" ? { x, y } : null;
}

/** Tell the others where one is and what one has chosen, and keep in mind what they tell. */
export function meet(canvas: Canvas): Pick<Hearer, "person" | "left" | "standing"> {
  const { follower, people, ui } = canvas;
  const heardAt = new Map<string, number>();
  let told: JsonObject = {};
  let toldAt = 0;
  let timer = 0;

  const now = (): JsonObject => {
    const { nodes, moving } = ui.get();
    const at = document.hidden ? null : pointerOnStage(canvas);
    return {
      at: at && round(at),
      nodes: [...nodes].slice(0, MOST),
      moving: Object.fromEntries([...(moving ?? [])].slice(0, MOST).map(([id, place]) => [id, round(place)])),
    };
  };
  const tell = (asks = false) => {
    told = now();
    toldAt = Date.now();
    follower.say({ type: "presence", ...told, ...(asks ? { asks } : {}) });
  };
  const keep = (others: ReadonlyMap<string, Person>) => {
    people.set(() => ({ others }));
    if (others.size > 0 && timer === 0) timer = window.setInterval(look, OFTEN);
    if (others.size > 0 || timer === 0) return;
    clearInterval(timer);
    timer = 0;
  };
  const without = (...gone: readonly string[]) => {
    gone.forEach((who) => heardAt.delete(who));
    keep(new Map([...people.get().others].filter(([who]) => !gone.includes(who))));
  };
  const look = () => {
    if (Date.now() - toldAt > BEAT || !sameJson(now(), told)) tell();
    const silent = [...heardAt].flatMap(([who, at]) => (Date.now() - at > GONE ? [who] : []));
    if (silent.length > 0) without(...silent);
  };

  return {
    standing: (standing) => {
      if (standing) tell(true);
      else {
        heardAt.clear();
        keep(new Map());
      }
    },
    person: (person, asks) => {
      heardAt.set(person.who, Date.now());
      const before = people.get().others.get(person.who);
      const drops = before !== undefined && before.moving.size > 0 && person.moving.size === 0;
      keep(new Map(people.get().others).set(person.who, drops ? { ...person, moving: before.moving } : person));
      if (drops) setTimeout(() => land(person.who, before.moving), LINGER);
      if (asks) told = {}; // answered with the next look, however many ask
    },
    left: (who) => without(who),
  };

  function land(who: string, moving: Person["moving"]): void {
    const { others } = people.get();
    const person = others.get(who);
    if (person?.moving === moving) keep(new Map(others).set(who, { ...person, moving: NOWHERE }));
  }
}

function round({ x, y }: Point): readonly number[] {
  return [Math.round(x), Math.round(y)];
}

/** Where cards are that others drag; null when none does. */
export function movedByOthers({ others }: People): ReadonlyMap<string, Point> | null {
  const all = [...others.values()].flatMap(({ moving }) => [...moving]);
  return all.length > 0 ? new Map(all) : null;
}
