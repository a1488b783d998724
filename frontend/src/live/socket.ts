import { parse } from "../api/http";

export interface Line {
  /** Send a message; nothing happens while the line is broken. */
  readonly say: (message: object) => void;
}

interface Options {
  readonly address: string;
  readonly onMessage: (message: unknown) => void;
  /** Hears when the line, once it stood, is broken (at once) and when it stands again. */
  readonly onStanding: (standing: boolean) => void;
  /** Called whenever the line broke or could not be opened. */
  readonly onBroken: () => void;
}

const LAST = 15_000;

/** A socket that dials again when it breaks, later each time, at once when the browser is back online. */
export function openLine({ address, onMessage, onStanding, onBroken }: Options): Line {
  let socket: WebSocket | null = null;
  let timer = 0;
  let attempts = 0;
  let stood = false;

  const dial = () => {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const mine = new WebSocket(`${scheme}//${location.host}${address}`);
    socket = mine;
    mine.onopen = () => {
      stood = true;
      onStanding(true);
    };
    mine.onmessage = (event: MessageEvent<unknown>) => {
      attempts = 0;
      if (typeof event.data === "string") onMessage(parse(event.data));
    };
    mine.onclose = () => {
      if (socket !== mine) return;
      if (stood) onStanding(false);
      onBroken();
      const delay = Math.min(LAST, 500 * 2 ** attempts++);
      timer = window.setTimeout(dial, delay * (0.7 + Math.random() * 0.6));
    };
  };
  const wake = () => {
    if (socket?.readyState === WebSocket.CLOSED) dial();
  };
  window.addEventListener("online", wake);
  dial();
  return {
    say: (message) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
  };
}
