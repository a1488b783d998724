import { expect, test, vi } from "vitest";

import { rename } from "../graph/changes";
import { open, pass, stopTheClock, write } from "../testing/saving";

stopTheClock();

test("several changes in quick succession are one write", async () => {
  const { server, document, say } = open();
  document.edit("Rename", rename("two"));
  await pass(300);
  document.edit("Rename", rename("three"));
  expect(say()).toBe("waiting");
  await pass(300);
  expect(server.writes).toMatchObject([{ id: "cm1", name: "three", baseUpdatedAt: "t0", changes: {} }]);
  expect(say()).toBe("saved");
  expect(document.isDirty()).toBe(false);
});

test("somebody who does not stop writing is saved all the same", async () => {
  const { server, document } = open();
  for (let i = 0; i < 10; i++) {
    document.edit("Rename", rename(`${i}`));
    await pass(200);
  }
  expect(server.writes.length).toBeGreaterThan(2);
});

test("a change during a write is stored by the next one, on top of it", async () => {
  const { server, document, saver } = open();
  document.edit("Rename", rename("two"));
  const flushed = saver.flush();
  document.edit("Rename", rename("three"));
  expect(await flushed).toBe(true);
  expect(server.writes).toMatchObject([{ name: "two", baseUpdatedAt: "t0" }, { name: "three", baseUpdatedAt: "t1" }]);
});

test("a write whose answer is lost is repeated as it is, and what was changed meanwhile follows", async () => {
  const { server, document, say } = open();
  server.faults = ["lost"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(say()).toBe("offline");
  document.edit("Rename", rename("three"));
  await pass(1_000);
  const [first, again, next] = server.writes;
  expect(again).toEqual(first);
  expect(next).toMatchObject({ name: "three", baseUpdatedAt: "t1" });
  expect(next?.opId).not.toBe(first?.opId);
  expect(say()).toBe("saved");
  expect(server.name()).toBe("three");
});

test("offline, changes are kept in the browser and tried again ever later, at once when the browser is back", async () => {
  const { server, kept, document, say } = open();
  server.faults = ["down", "down", "down", "down"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(kept.at(-1)).toMatchObject({ base: "t0", sent: { changes: { name: "two" } }, changes: {} });
  await pass(1_000);
  await pass(2_000);
  expect(server.faults).toHaveLength(1);
  await pass(3_899);
  expect(server.faults).toHaveLength(1);
  window.dispatchEvent(new Event("online"));
  await pass(0);
  expect(server.faults).toHaveLength(0);
  expect(say()).toBe("offline");
  await pass(8_000);
  expect(say()).toBe("saved");
  expect(kept).toEqual([]);
  expect(server.writes).toHaveLength(1);
});

test("what others and what I changed is both kept, however it was told", async () => {
  const { server, document, say, hear, text } = open();
  server.store(rename("theirs"), "other");
  document.edit("Write", write("mine"));
  await pass(600);
  expect([server.name(), server.doc().nodes[0]?.data.text, document.doc().name, text(), say()]).toEqual(["theirs", "mine", "theirs", "mine", "saved"]);
  server.store(rename("theirs again"), "another");
  await hear();
  expect(document.doc().name).toBe("theirs again");
  expect(server.reads).toBe(0);
  server.store(rename("over REST"));
  await hear();
  expect(document.doc().name).toBe("over REST");
  expect(server.reads).toBe(1);
});

test("words that two write at once into one text are all there", async () => {
  const { server, document, hear, text } = open();
  document.edit("Write", write("a lighthouse"));
  await pass(600);
  document.edit("Write", write("a red lighthouse"));
  server.store(write("a lighthouse at night"), "other");
  await hear();
  expect(text()).toBe("a red lighthouse at night");
  await pass(600);
  expect(server.doc().nodes[0]?.data.text).toBe("a red lighthouse at night");
  document.undo();
  expect(text()).toBe("a lighthouse at night");
});

test("undo takes back what I did and leaves what others did since", async () => {
  const { server, document, hear, text } = open();
  document.edit("Rename", rename("mine"));
  await pass(600);
  server.store(write("theirs"), "other");
  await hear();
  document.undo();
  expect([document.doc().name, text()]).toEqual(["one", "theirs"]);
  document.redo();
  expect([document.doc().name, text()]).toEqual(["mine", "theirs"]);
  server.store(rename("theirs"), "later");
  await pass(600);
  await hear();
  document.undo();
  expect(document.doc().name).toBe("theirs");
});

test("typing goes on as one gesture while others change something else", async () => {
  const { server, document, hear, text } = open();
  document.edit("Write", write("a"), "text");
  server.store(rename("theirs"), "other");
  await hear();
  document.edit("Write", write("ab"), "text");
  document.undo();
  expect([document.doc().name, text()]).toEqual(["theirs", undefined]);
  expect(document.get().history.past).toEqual([]);
});

test("an edit that is heard of before its answer counts once", async () => {
  const { server, document, saver, hear } = open();
  document.edit("Write", write("mine"));
  const save = server.save;
  server.save = async (body) => {
    const answer = await save(body);
    await hear();
    document.edit("Write", write("mine and more"));
    return answer;
  };
  const again = open(server);
  again.document.edit("Write", write("x"));
  await again.saver.flush();
  server.save = save;
  await saver.flush();
  await hear();
  await again.hear();
  expect(again.document.doc()).toEqual(document.doc());
  expect(server.doc()).toEqual(document.doc());
});

test("news of one's own write changes nothing", async () => {
  const { document, saver, server, hear } = open();
  document.edit("Rename", rename("two"));
  await saver.flush();
  const before = document.get();
  await hear();
  await saver.heard("t1", []);
  expect(document.get()).toBe(before);
  expect(server.writes).toHaveLength(1);
});

test("where nothing may be saved that is said and not repeated; the next change tries again", async () => {
  const { server, kept, document, say } = open();
  server.faults = ["signed out"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(document.get().save).toEqual({ kind: "refused", sentence: "You are signed out." });
  expect(kept.at(-1)).toMatchObject({ sent: null, changes: { name: "two" } });
  await pass(60_000);
  expect(server.writes).toEqual([]);
  document.edit("Rename", rename("three"));
  await pass(600);
  expect([say(), server.name()]).toEqual(["saved", "three"]);
});

test.each(["lost", "down"] as const)("a write that was %s and that the server would not know again is put in once", async (fault) => {
  const { server, document, say, text } = open();
  document.edit("Write", write("a"));
  await pass(600);
  server.faults = [fault];
  document.edit("Write", write("a mine"));
  await pass(550);
  document.edit("Rename", rename("two"));
  vi.setSystemTime(Date.now() + 2 * 3_600_000); // the machine slept
  server.store(({ name, nodes, edges }) => write(fault === "lost" ? "the a mine" : "the a")({ name, nodes, edges }), "other");
  server.forget();
  await pass(1_000);
  expect([text(), server.doc().nodes[0]?.data.text, server.name(), say()]).toEqual(["the a mine", "the a mine", "two", "saved"]);
});

test("an error that nobody expected is said, and the same write is tried again", async () => {
  const { server, kept, document, saver, say } = open();
  server.faults = ["broken"];
  document.edit("Rename", rename("two"));
  await expect(saver.flush()).rejects.toThrow(TypeError);
  expect(say()).toBe("refused");
  expect(kept.at(-1)?.sent?.changes).toEqual({ name: "two" });
  await pass(1_000);
  expect([say(), server.name(), document.isDirty()]).toEqual(["saved", "two", false]);
});
