import { asObject, asText } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { t } from "../language/speak";

/** A refusal or a failed call. Status 0 means that the server was not reached; the message is for people. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(readonly status: number, message: string, readonly body: JsonObject = {}) {
    super(message);
  }

  get code(): string {
    return asText(this.body.code);
  }

  /** Whether trying the same call again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Whether it is the content that is refused: the same will be refused whoever sends it, and whenever. */
  get final(): boolean {
    return [400, 413, 422].includes(this.status) && this.code !== "id_mismatch";
  }
}

interface Options {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepalive?: boolean;
}

/** One call to our own server. Gives the parsed answer; throws ApiError for everything else. */
export async function send(csrf: string, method: string, path: string, options: Options = {}): Promise<unknown> {
  return (await ask(csrf, method, path, options)).answer;
}

/** One page of a list, and the query of the next; null at the end. Throws ApiError. */
export async function sendForPage(csrf: string, path: string): Promise<{ readonly found: unknown; readonly next: string | null }> {
  const { answer, link } = await ask(csrf, "GET", path, {});
  const next = /<([^>]*)>; rel="next"/.exec(link)?.[1];
  return { found: answer, next: next === undefined ? null : new URL(next, "http://wireflow").search };
}

async function ask(csrf: string, method: string, path: string, { body, headers, keepalive = false }: Options): Promise<{ readonly answer: unknown; readonly link: string }> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      keepalive,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(method === "GET" ? {} : { "X-CSRFToken": csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, t("The server cannot be reached."));
  }
  const answer = parse(await response.text());
  if (!response.ok) throw refusal(response.status, answer);
  if (typeof answer !== "object" || answer === null) throw new ApiError(response.status, t("The answer is not from Wireflow UI. Is a proxy in between?"));
  return { answer, link: response.headers.get("Link") ?? "" };
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function refusal(status: number, answer: unknown): ApiError {
  const body = asObject(answer);
  const plain = status === 401 ? t("You are signed out. Sign in again in another tab.") : t("The server answered {status}.", { status });
  return new ApiError(status, asText(body.error) || asText(body.detail) || plain, body);
}
