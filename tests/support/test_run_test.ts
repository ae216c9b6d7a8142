import { assertEquals } from "@std/assert";
import { countTests, formatCounts, groupTests, NO_TESTS, sumCounts } from "./test_run.ts";

Deno.test("test run: files are found by their name and grouped by what they share", () => {
  const paths = [
    "tests/integration/b_test.ts",
    "tests/unit/z_test.ts",
    "tests/unit/a_test.ts",
    "tests/unit/help.ts",
    "tests/faults/c_test.ts",
  ];
  assertEquals(groupTests(paths, []), [
    { files: ["tests/unit/a_test.ts", "tests/unit/z_test.ts"], jobs: null, executable: null },
    { files: ["tests/integration/b_test.ts"], jobs: 2, executable: null },
    { files: ["tests/faults/c_test.ts"], jobs: 1, executable: null },
  ]);
  assertEquals(groupTests(paths, ["unit/a", "nothing"]), [{
    files: ["tests/unit/a_test.ts"],
    jobs: null,
    executable: null,
  }]);
  assertEquals(groupTests(paths, ["nothing"]), []);
});

Deno.test("test run: the whole program is tested with an executable too, if there is one", () => {
  const paths = ["tests/integration/b_test.ts", "tests/faults/c_test.ts", "tests/unit/a_test.ts"];
  const groups = groupTests(paths, [], "/x/nutcracker");
  assertEquals(groups.slice(0, 3), groupTests(paths, []));
  assertEquals(groups.slice(3), [
    { files: ["tests/integration/b_test.ts"], jobs: 2, executable: "/x/nutcracker" },
  ]);
  assertEquals(groupTests(paths, ["unit"], "/x/nutcracker").length, 1);
});

Deno.test("test run: counts come from the last summary, with colours or without", () => {
  const table: [output: string, code: number, passed: number, failed: number, skipped: number][] = [
    ["a ... ok (1ms)\n\nok | 4 passed | 0 failed (18ms)\n", 0, 4, 0, 0],
    [
      "\x1b[0m\x1b[31mFAILED\x1b[0m | 2 passed (1 step) | 2 failed (1 step) | 1 ignored \x1b[0m(18ms)\n",
      1,
      2,
      2,
      1,
    ],
    ["ok | 1 passed (3 steps) | 0 failed | 2 ignored (1 step) | 5 filtered out (1s)\n", 0, 1, 0, 2],
    ["ok | 0 passed | 0 failed | 1 filtered out (7ms)\n", 0, 0, 0, 0],
    ["ok | 9 passed | 0 failed (a test's own output)\nok | 1 passed | 0 failed (1ms)\n", 0, 1, 0, 0],
    ["", 1, 0, 1, 0],
    ["", 0, 0, 1, 0],
    ["ok | 3 passed | 0 failed (1ms)\n", 137, 3, 1, 0],
  ];
  for (const [output, code, passed, failed, skipped] of table) {
    assertEquals(countTests(output, code), { passed, failed, skipped }, output);
  }
});

Deno.test("test run: counts add up and are told in one line", () => {
  assertEquals(sumCounts([]), NO_TESTS);
  const sum = sumCounts([{ passed: 1, failed: 0, skipped: 2 }, { passed: 3, failed: 4, skipped: 0 }]);
  assertEquals(formatCounts(sum), "4 passed, 4 failed, 2 skipped");
  assertEquals(formatCounts({ ...sum, skipped: 0 }), "4 passed, 4 failed");
});
