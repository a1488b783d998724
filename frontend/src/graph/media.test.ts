import { expect, test } from "vitest";

import { fileLabel, readMedia } from "./media";

test("a file that cannot be drawn says what it is and how large", () => {
  const label = (contentType: string, bytes?: number) => {
    const media = readMedia({ url: "/media/a", contentType, ...(bytes === undefined ? {} : { bytes }) });
    return media && fileLabel(media);
  };
  expect(label("application/zip", 2_449_000)).toBe("ZIP file · 2.4 MB");
  expect(label("text/csv", 12)).toBe("CSV file · 1 kB");
  expect(label("application/json")).toBe("JSON file");
  expect(label("")).toBe("File");
});
