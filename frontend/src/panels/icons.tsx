/** Strokes on a 24 × 24 grid, drawn for this project. */
const PATHS = {
  none: "",
  play: "M8 5.5v13l10.5-6.5z",
  stop: "M7 7h10v10H7z",
  refresh: "M19 12a7 7 0 1 1-2-4.9M19 4v4.2h-4.2",
  undo: "M8 8H14.5a4.5 4.5 0 0 1 0 9H9M8 8l3.2-3.2M8 8l3.2 3.2",
  redo: "M16 8H9.5a4.5 4.5 0 0 0 0 9H15M16 8l-3.2-3.2M16 8l-3.2 3.2",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  cut: "M6 6.5l12 9M6 17.5l12-9M7.5 18.5a2 2 0 1 1-3.9 0 2 2 0 0 1 3.9 0M7.5 5.5a2 2 0 1 1-3.9 0 2 2 0 0 1 3.9 0",
  paste: "M9 5H6v15h12V5h-3M9 3.5h6v3H9z",
  pencil: "M5 19l1-4L15.5 5.5l3 3L9 18z",
  collapse: "M5 9h14M5 15h14M12 3v3M12 18v3",
  group: "M4 4h5M4 4v5M20 4h-5M20 4v5M4 20h5M4 20v-5M20 20h-5M20 20v-5M9 9h6v6H9z",
  trash: "M5 7h14M9.5 7V4.5h5V7M7 7l.8 12.5h8.4L17 7M10.2 10.5v5.5M13.8 10.5v5.5",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  tidy: "M4 5h6v5H4zM4 14h6v5H4zM14 9.500h6v5h-6zM10 7.500h2v9h-2M12 12h2",
  map: "M4 6.500l5-2 6 2 5-2v13l-5 2-6-2-5 2zM9 4.500v13M15 6.500v13",
  nodes: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM17 14v6M14 17h6",
  panel: "M4 5h16v14H4zM14 5v14",
  theme: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  select: "M6 4l12 7-5.2 1.600L10 18z",
  note: "M5 5h14v9l-5 5H5zM14 19v-5h5",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.500L20 20",
  warning: "M12 4.500L21 19.500H3zM12 10v4.500M12 17v.1",
  keyboard: "M3 7h18v10H3zM7 10.500h.1M11 10.500h.1M15 10.500h.1M8 14h8",
  check: "M5 12.500l4.5 4.500L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14.5 5.500L8 12l6.5 6.5",
  next: "M9.5 5.500L16 12l-6.5 6.5",
  down: "M5.5 9.500L12 16l6.5-6.5",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 7.500V12l3 2",
  bolt: "M13 3.500L6 13.500h5l-1 7 7-10h-5z",
  skip: "M5 12h13M13 6.500l5.5 5.5-5.5 5.5",
  hand: "M8 12V6.500a1.4 1.4 0 0 1 2.8 0V11M10.8 11V5a1.4 1.4 0 0 1 2.8 0v6M13.6 11V6.500a1.4 1.4 0 0 1 2.8 0V14c0 4-2 6-5 6-2.5 0-4-1-5.5-4L4.5 13c.8-1 2-.8 2.8.2L8 14",
  text: "M5 6h14M12 6v13M9 19h6",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17M15.5 9v.1",
  video: "M4 6h11v12H4zM15 10.500l5-3v9l-5-3",
  audio: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10.500v3",
  upload: "M12 16V5M7.5 9.500L12 5l4.5 4.500M5 19h14",
  spark: "M12 3.500l1.9 5.6 5.6 1.9-5.6 1.900L12 18.500l-1.9-5.600L4.5 11l5.6-1.900zM19 17v4M17 19h4",
  brush: "M14 5.500L18.5 10 11 17.500c-2 2-5 2-7 1.5 1.5-1 1.5-2.5 2.5-3.500zM13 6.500l4.5 4.5",
  scale: "M4 20l6-6M4 15v5h5M20 4l-6 6M20 9V4h-5",
  layers: "M12 4l8.5 4.500L12 13 3.5 8.500zM3.5 12.500L12 17l8.5-4.500M3.5 16.200L12 20.700l8.5-4.5",
  branch: "M6 4v16M6 12c7 0 11-1 11-6M17 6l-2.5 2M17 6l2.5 2",
  tool: "M14.5 6.500a4 4 0 0 1 5-1l-2.7 2.7 1.5 1.500L21 7a4 4 0 0 1-5.5 4.800L8 19.5 4.5 16l7.7-7.500z",
  output: "M13 5H5v14h8M11 12h9M16 7.500L20.5 12 16 16.5",
  chat: "M4 5h16v11h-9l-4 3.500V16H4z",
  box: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
  download: "M12 5v11M7.5 11.500L12 16l4.5-4.500M5 19h14",
  link: "M10 14l4-4M9 8.500l2-2a4 4 0 0 1 6 6l-2 2M15 15.500l-2 2a4 4 0 0 1-6-6l2-2",
  more: "M6 12h.1M12 12h.1M18 12h.1",
  socket: "M4 12h5M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0M15 12h5",
  reset: "M5 12a7 7 0 1 0 2-4.900M5 4v4.200h4.2",
  align: "M4 4v16M8 7h12v4H8zM8 14h7v4H8z",
  expand: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5",
  list: "M4 6h.1M4 12h.1M4 18h.1M8 6h12M8 12h12M8 18h12",
  power: "M12 4v8M7.500 7a7 7 0 1 0 9 0",
  bypass: "M3 15h3.500c3 0 2.500-7 5.500-7s2.500 7 5.500 7H21M18.500 12.500L21 15l-2.500 2.500M12 15v.1",
  pin: "M9 4h6l-.8 6 3.300 3.500h-11L9.800 10zM12 13.500V20",
  star: "M12 4l2.4 5 5.5.8-4 3.9.9 5.5-4.8-2.6-4.8 2.6.9-5.5-4-3.9 5.5-.8z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A sign that the pages and the canvas share, from the pages' own sheet. */
export function SharedIcon({ name, size = 16 }: { readonly name: "assets" | "bell" | "credits" | "executions" | "open" | "settings" | "templates" | "workflows"; readonly size?: number }) {
  return <svg className="icon shared" width={size} height={size} aria-hidden="true" focusable="false"><use href={`/static/img/icons.svg#${name}`} /></svg>;
}

const CATEGORY_ICONS: Readonly<Record<string, IconName>> = {
  input: "upload", generate: "spark", edit: "brush", upscale: "scale", background: "layers", video: "video",
  audio: "audio", llm: "chat", logic: "branch", utility: "tool", output: "output",
};

export function categoryIcon(category: string): IconName {
  return CATEGORY_ICONS[category] ?? "box";
}
