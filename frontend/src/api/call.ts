import { send } from "./http";
import type { components, paths } from "./schema";

/** What goes over the wire, by the names of docs/openapi.json. */
export type Wire = components["schemas"];

type Verb = "get" | "post" | "put" | "patch" | "delete";
type JsonOf<T> = T extends { readonly content: { readonly "application/json": infer Body } } ? Body : never;
type BodyOf<O> = O extends { readonly requestBody?: infer Given } ? JsonOf<NonNullable<Given>> : never;
type AnswerOf<O> = O extends { readonly responses: infer Given } ? JsonOf<Given[keyof Given & (200 | 201)]> : never;
type QueryOf<O> = O extends { readonly parameters: { readonly query?: infer Given } } ? Given : never;

interface Options<O> {
  /** What stands for the names in the path. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: NonNullable<QueryOf<O>>;
  readonly body?: BodyOf<O>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A documented call: its path, body and answer are those of docs/openapi.json. Throws ApiError. */
export type Call = <P extends keyof paths, V extends Verb & keyof paths[P]>(verb: V, path: P, options?: Options<paths[P][V]>) => Promise<AnswerOf<paths[P][V]>>;

export function callWith(csrf: string): Call {
  return async <P extends keyof paths, V extends Verb & keyof paths[P]>(verb: V, path: P, { path: names = {}, query, ...rest }: Options<paths[P][V]> = {}) => {
    const asked = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]) => [name, String(value)])).toString();
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ""));
    // The server is held to its document by tests that make every call in it.
    return await send(csrf, verb.toUpperCase(), asked === "" ? address : `${address}?${asked}`, rest) as AnswerOf<paths[P][V]>;
  };
}
