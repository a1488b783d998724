import { createContext, useContext } from "react";
import type { ReactFlowInstance } from "@xyflow/react";

import type { Api } from "../api/client";
import type { Place } from "../api/workflow";
import type { Catalog } from "../graph/catalog";
import type { Plan } from "../graph/plan";
import type { Size } from "../graph/types";
import type { Follower } from "../live/follow";
import type { People } from "../live/people";
import type { DocumentState, DocumentStore } from "./document";
import type { RunState, RunStore } from "./run";
import type { Saver } from "./saver";
import type { Handles } from "../panels/stage-items";
import { useSlice } from "./store";
import type { Store } from "./store";
import type { UiState, UiStore } from "./ui";

/** Whether the server is there. */
export interface Contact {
  /** Since when the server is not heard, in milliseconds; null while it is. */
  readonly lost: number | null;
}

/** What is known of the next run: the team's credits, and what a start of everything would do. */
export interface Money {
  readonly available: number | null;
  readonly plan: Plan | null;
  /** What the plan was made for: where a node's signature is another by now, the plan knows no longer. */
  readonly made: ReadonlyMap<string, number>;
  /** The graph was changed since it was planned. */
  readonly old: boolean;
  /** Another start that somebody is just looking at. */
  readonly looked: Plan | null;
}

/** Something this person was told. */
interface Notice {
  readonly id: number;
  readonly text: string;
  /** Of which team it tells; empty for somebody who has one team only. */
  readonly team: string;
  readonly at: string;
  readonly isNew: boolean;
}

export interface Notices {
  readonly unread: number;
  /** The newest; null until they are asked for. */
  readonly newest: readonly Notice[] | null;
}

/** What is asked of the drawn plane. */
export type Stage = Pick<
  ReactFlowInstance, "flowToScreenPosition" | "getViewport" | "getZoom" | "screenToFlowPosition" | "setCenter" | "setViewport" | "zoomIn" | "zoomOut" | "zoomTo"
>;

/** A component whose inside is open: the workflow is its workbench. */
export interface Bench {
  readonly id: string;
  /** The state of the workflow that is saved as a version. */
  readonly saved: Store<{ readonly at: string }>;
}

/** Everything one open workflow consists of; made once per page and handed to actions and components. */
export interface Canvas {
  readonly workflowId: string;
  readonly csrf: string;
  readonly readOnly: boolean;
  /** Whether this person may start runs and answer what they ask; true as well for some who may not edit. */
  readonly mayRun: boolean;
  /** Who can change what somebody may do who may not edit. */
  readonly owners: readonly string[];
  readonly urls: Readonly<Record<string, string>>;
  readonly bench: Bench | null;
  /** The workflows from which somebody came here by opening components, the outermost first. */
  readonly trail: readonly Place[];
  readonly catalog: Catalog;
  readonly api: Api;
  readonly document: DocumentStore;
  readonly runs: RunStore;
  readonly ui: UiStore;
  readonly money: Store<Money>;
  readonly contact: Store<Contact>;
  readonly notices: Store<Notices>;
  readonly saver: Saver;
  /** Who else has the workflow open. */
  readonly people: Store<People>;
  readonly follower: Follower;
  /** Measured sizes of the cards on the stage. */
  readonly sizes: Map<string, Size>;
  /** Where the handles of cards are that left the stage. */
  readonly handles: Map<string, Handles>;
  /** The stage, once it is there. */
  readonly stage: { current: Stage | null };
}

const Context = createContext<Canvas | null>(null);
export const CanvasProvider = Context.Provider;

export function useCanvas(): Canvas {
  const canvas = useContext(Context);
  if (canvas === null) throw new Error("There is no canvas around this component.");
  return canvas;
}

export function useDocument<S>(select: (state: DocumentState) => S, same?: (a: S, b: S) => boolean): S {
  return useSlice(useCanvas().document, select, same);
}

export function useRuns<S>(select: (state: RunState) => S, same?: (a: S, b: S) => boolean): S {
  return useSlice(useCanvas().runs, select, same);
}

export function useUi<S>(select: (state: UiState) => S, same?: (a: S, b: S) => boolean): S {
  return useSlice(useCanvas().ui, select, same);
}
