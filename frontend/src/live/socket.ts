import { parse } from "../api/http";

export interface Line {
  readonly close: () => void;
}

interface Options {
  /** The address to dial; asked anew for each attempt, so that it can hold where to resume. */
  readonly address: () => string;
  readonly onMessage: (message: unknown) => void;
  /** Hears when the line, once it stood, is broken (at once) and when it stands again. */
  readonly onStanding?: (standing: boolean) => void;
  /** Called after the line broke; false ends it for good. */
  readonly goOn: () => boolean;
}

const LAST = 15_000;

/** A socket that dials again when it breaks, later each time, at once when the browser is back online. */
export function openLine({ address, onMessage, onStanding, goOn }: Options): Line {
  let socket: WebSocket | null = null;
  let timer = 0;
  let attempts = 0;
  let closed = false;
  let stood = false;

  const dial = () => {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(`${scheme}//${location.host}${address()}`);
    socket = mine;
    mine.onopen = () => {
      stood = true;
      onStanding?.(true);
    };
    mine.onmessage = (event: MessageEvent<unknown>) => {
      attempts = 0;
      if (typeof event.data === "string") onMessage(parse(event.data));
    };
    mine.onclose = () => {
      if (closed || socket !== mine) return;
      if (stood) onStanding?.(false);
      if (!goOn()) return;
      const delay = Math.min(LAST, 500 * 2 ** attempts++);
      timer = window.setTimeout(dial, delay * (0.7 + Math.random() * 0.6));
    };
  };
  const wake = () => {
    if (!closed && socket?.readyState === WebSocket.CLOSED && goOn()) dial();
  };
  window.addEventListener("online", wake);
  dial();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener("online", wake);
      socket?.close();
    },
  };
}
