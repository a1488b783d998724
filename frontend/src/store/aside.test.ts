import { expect, test } from "vitest";

import { rename, setData } from "../graph/changes";
import type { Doc } from "../graph/types";
import { edge, node } from "../testing/catalog";
import { open, pass, stopTheClock, write } from "../testing/saving";

stopTheClock();

const BAD = ({ name, nodes }: Doc) => JSON.stringify([name, nodes]).includes("!");
const TEXT = JSON.stringify(["set", "text", "text"]);

test("what the server never takes is put aside and told once; all else is saved, then and later", async () => {
  const { server, kept, told, document, saver, say, text } = open();
  server.isBad = BAD;
  document.edit("Rename", rename("two"));
  document.edit("Write", write("bad!"));
  document.edit("Add", (doc) => ({ ...doc, nodes: [...doc.nodes, node("more", "input:text")] }));
  await pass(600);
  expect([say(), told, text(), document.doc().name]).toEqual(["aside", [[TEXT]], "bad!", "two"]);
  expect([server.name(), server.doc().nodes.map(({ id }) => id), server.doc().nodes[0]?.data.text]).toEqual(["two", ["text", "more"], undefined]);
  expect(kept.at(-1)).toMatchObject({ sent: null, changes: { nodes: { changed: { text: [{ path: ["data", "text"], value: "bad!" }] } } } });
  document.edit("Rename", rename("three"));
  await pass(600);
  expect([say(), server.name(), server.refusals, told.length, await saver.flush()]).toEqual(["aside", "three", 2, 1, false]);
  document.edit("Write", write("worse!"));
  document.edit("Rename", rename("four"));
  await pass(600);
  expect([say(), server.name(), server.refusals, told.length]).toEqual(["aside", "four", 3, 1]);
  document.edit("Write", write("good"));
  await pass(600);
  expect([say(), server.doc().nodes[0]?.data.text, kept, await saver.flush()]).toEqual(["saved", "good", [], true]);
});

test("undoing what was put aside leaves nothing unsaved, and trying again tells again", async () => {
  const { server, kept, told, document, saver, say } = open();
  server.isBad = BAD;
  document.edit("Write", write("bad!"));
  await pass(600);
  saver.insist();
  await pass(0);
  expect([say(), told.length, server.refusals]).toEqual(["aside", 2, 2]);
  document.undo();
  await pass(600);
  expect([say(), kept, document.isDirty(), server.writes]).toEqual(["saved", [], false, []]);
});

test("what others store goes on coming in beside what was put aside", async () => {
  const { server, document, hear, say, text } = open();
  server.isBad = BAD;
  document.edit("Write", write("bad!"));
  await pass(600);
  server.store(rename("theirs"), "other");
  await hear();
  await pass(600);
  expect([document.doc().name, text(), say()]).toEqual(["theirs", "bad!", "aside"]);
});

test("a wire waits for the node that it leads from", async () => {
  const { server, told, document, say } = open();
  server.isBad = BAD;
  const wire = edge("new.out-prompt > text.in-prompt");
  document.edit("Add", ({ name, nodes, edges }) => ({ name, nodes: [...nodes, { ...node("new", "input:text"), data: { nodeType: "input:text", text: "bad!" } }], edges: [...edges, wire] }));
  document.edit("Rename", rename("two"));
  await pass(600);
  expect([say(), server.name(), server.doc().nodes.length, server.doc().edges]).toEqual(["aside", "two", 1, []]);
  expect(told).toEqual([[JSON.stringify(["add", "new"]), JSON.stringify(["wire", wire.id])]]);
  expect(document.doc().edges).toEqual([wire]);
  document.edit("Write", setData("new", { text: "good" }));
  await pass(600);
  expect([say(), server.doc().nodes.length, server.doc().edges]).toEqual(["saved", 2, [wire]]);
});

test("where everything is refused the server is not asked without end", async () => {
  const { server, document, say } = open();
  server.isBad = BAD;
  document.edit("Paste", (doc) => ({ ...doc, nodes: [...doc.nodes, ...Array.from({ length: 300 }, (_, i) => node(`bad${i}!`, "input:text"))] }));
  await pass(600);
  expect(say()).toBe("aside");
  expect(server.refusals).toBeLessThan(70);
  expect(document.doc().nodes).toHaveLength(301);
});
