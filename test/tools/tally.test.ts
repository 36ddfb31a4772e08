import {expect, test} from "vitest"
import {junitCounts, summed, vitestCounts} from "../../tools/tally.mjs"

const report = (passed: number, failed: number, files: object[] = []) =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: files,
  })

test("vitest's report is read as passed, failed and skipped", () => {
  expect(vitestCounts(report(7, 0), 0)).toEqual({passed: 7, failed: 0, skipped: 3})
  expect(vitestCounts(report(7, 2), 1)).toEqual({passed: 7, failed: 2, skipped: 3})
})

test("a test file that does not load counts as a failure", () => {
  const files = [{status: "failed", assertionResults: []}]
  expect(vitestCounts(report(7, 0, files), 1).failed).toBe(1)
})

test("a runner that ends badly without naming a test counts as a failure", () => {
  expect(vitestCounts(report(7, 0), 1).failed).toBe(1)
  expect(vitestCounts(undefined, 0).failed).toBe(1)
  expect(junitCounts(undefined, 2).failed).toBe(1)
})

test("pytest's report is read as passed, failed and skipped", () => {
  const xml = '<testsuites name="all"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1">'
  expect(junitCounts(xml, 1)).toEqual({passed: 4, failed: 3, skipped: 3})
})

test("the last line sums over the runners", () => {
  expect(summed([vitestCounts(report(7, 0), 0), {passed: 1, failed: 0, skipped: 1}])).toEqual({
    passed: 8,
    failed: 0,
    skipped: 4,
  })
})
