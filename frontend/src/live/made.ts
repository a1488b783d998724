import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { Catalog } from "../graph/catalog";
import { signatures } from "../graph/signature";
import { noteMade, shownRuns } from "../store/run";
import type { RunStore } from "../store/run";

/** Executions that come in quick succession, as of a table, are asked about together, in milliseconds. */
const CALM = 1_000;

/**
 * Learn from the server what the executions that are shown were made from, where they were not started on this page: after
 * a reload, by somebody else, over REST. Cards then tell whether that was changed since.
 */
export function learnMade(api: Pick<Api, "graphOf">, runs: RunStore, catalog?: Catalog): void {
  const asked = new Set<string>();
  let timer = 0;
  const isNew = (id: string) => !asked.has(id) && !runs.get().made.has(id);

  async function learn(): Promise<void> {
    timer = 0;
    for (const { id } of shownRuns(runs.get()).filter((run) => isNew(run.id))) {
      asked.add(id);
      try {
        noteMade(runs, id, signatures(await api.graphOf(id), catalog));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.passing) asked.delete(id); // asked again with the next news of a run
      }
    }
  }

  const look = () => {
    if (timer === 0 && shownRuns(runs.get()).some(({ id }) => isNew(id))) timer = window.setTimeout(() => void learn(), CALM);
  };
  runs.subscribe(look);
  look();
}
