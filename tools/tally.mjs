// Passed, failed and skipped out of what the test runners write down. A runner that ended badly without naming a failed
// test counts as one failure: nothing that went wrong ever adds up to zero.

/** Vitest's JSON report (undefined where it wrote none) and its exit code. */
export function vitestCounts(text, exitCode) {
  if (text === undefined) return {passed: 0, failed: 1, skipped: 0}
  const report = JSON.parse(text)
  const unloaded = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every(({status}) => status !== "failed"),
  ).length
  return ended(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + unloaded,
      skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    },
    exitCode,
  )
}

/** pytest's JUnit report (undefined where it wrote none) and its exit code. */
export function junitCounts(text, exitCode) {
  if (text === undefined) return {passed: 0, failed: 1, skipped: 0}
  const sum = (name) =>
    [...text.matchAll(/<testsuite\s[^>]*>/g)].reduce(
      (total, [suite]) => total + Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0),
      0,
    )
  const failed = sum("failures") + sum("errors")
  const skipped = sum("skipped")
  return ended({passed: sum("tests") - failed - skipped, failed, skipped}, exitCode)
}

export function summed(counts) {
  const total = {passed: 0, failed: 0, skipped: 0}
  for (const {passed, failed, skipped} of counts) {
    total.passed += passed
    total.failed += failed
    total.skipped += skipped
  }
  return total
}

const ended = (counts, exitCode) => (exitCode !== 0 && counts.failed === 0 ? {...counts, failed: 1} : counts)
