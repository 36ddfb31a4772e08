import {expect, test} from "vitest"
import {count, duration, meter, progressLine} from "../../cli/terminal.ts"

const half = {stage: "train", done: 5000, total: 10_000, unit: "images", detail: "epoch 1/2 loss 0.31"}

test("on a terminal: a bar, the detail, the rate and the time left, within its width", () => {
  const line = progressLine(half, 2, 5000, {redraws: true, columns: 100})
  expect(line).toMatch(/train +█+░+ +50 % {2}epoch 1\/2 loss 0\.31 {2}2,500 images\/s {2}2\.0 s left/)
  for (const columns of [20, 40, 60, 80, 200]) {
    expect(progressLine(half, 2, 5000, {redraws: true, columns}).length).toBeLessThanOrEqual(Math.max(20, columns - 1))
  }
})

test("elsewhere: a plain line without a bar", () => {
  const line = progressLine({...half, done: 3000}, 1, 3000, {redraws: false, columns: 80})
  expect(line).toBe("       train: 30 %, epoch 1/2 loss 0.31, 3,000 images/s, 2.3 s left")
})

function recorded(redraws: boolean) {
  const written: string[] = []
  const clock = {seconds: 0}
  const terminal = {
    out: () => {},
    err: (text: string) => void written.push(text),
    redraws,
    columns: 80,
    now: () => clock.seconds,
  }
  return {written, clock, bar: meter(terminal)}
}

test("a terminal is redrawn at most ten times a second, and left clean", () => {
  const {written, clock, bar} = recorded(true)
  for (let i = 0; i < 1000; i++) {
    clock.seconds = i / 1000
    bar.show({stage: "s", done: i, total: 1000, unit: "images"})
  }
  expect(written.filter((text) => text.includes("█") || text.includes("░")).length).toBeLessThanOrEqual(10)
  bar.clear()
  expect(written.at(-1)).toBe("\r\u001b[K")
})

test("plain lines come every few seconds and hold no control characters", () => {
  const {written, clock, bar} = recorded(false)
  for (let i = 0; i <= 200; i++) {
    clock.seconds = i / 10
    bar.show({stage: "s", done: i, total: 200, unit: "images"})
  }
  bar.clear()
  expect(written.length).toBeGreaterThanOrEqual(3)
  expect(written.length).toBeLessThanOrEqual(5)
  for (const mark of ["\u001b", "\r", "█"]) expect(written.join("")).not.toContain(mark)
})

test("numbers and times are short", () => {
  expect([count(1234567), count(2.53), count(7)]).toEqual(["1,234,567", "2.5", "7"])
  expect([duration(0.42), duration(41.3), duration(125)]).toEqual(["0.4 s", "41 s", "2 min 5 s"])
})
