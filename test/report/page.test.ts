import {execFileSync} from "node:child_process"
import {mkdtempSync, writeFileSync} from "node:fs"
import {tmpdir} from "node:os"
import {join} from "node:path"
import {expect, test} from "vitest"
import {page} from "../../src/report/page/page.ts"
import {requireTool} from "../tools.ts"
import {fixture} from "./fixture.ts"

const html = page(fixture)

test("the page fetches nothing and runs nothing", () => {
  expect(html).not.toMatch(/<script|<link|@import|url\((?!#)/i)
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address ?? "")
  expect(addresses.filter((address) => !/^(data:image\/bmp;base64,|\.\.\/)/.test(address))).toEqual([])
})

test("every element that is opened is closed", () => {
  const open: string[] = []
  const empty = new Set(["meta", "img"])
  for (const [, close, name = "", self] of html
    .replace(/<!doctype html>/, "")
    .matchAll(/<(\/?)([a-z0-9]+)[^>]*?(\/?)>/g)) {
    if (self === "/" || empty.has(name)) continue
    if (close === "/") expect(open.pop()).toBe(name)
    else open.push(name)
  }
  expect(open).toEqual([])
})

test("names from outside are escaped", () => {
  const evil = '<img src=x onerror="1">'
  const text = page({...fixture, title: evil, summary: {...fixture.summary, network: evil}})
  expect(text).not.toContain("<img src=x")
  expect(text).toContain("&lt;img src=x onerror=&quot;1&quot;&gt;")
})

test("no number is missing or broken", () => {
  expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/)
})

test("draws the other plans, marks the built one, and names those that do not fit", () => {
  expect(html).toMatch(/127,551\/s<\/tspan> 4,120 LUT, built</)
  expect(html).toMatch(/1,020,408\/s<\/tspan> 63,000 LUT, does not fit</)
  const {choices: _, ...alone} = fixture
  expect(page(alone)).not.toContain("What else it could be")
})

test("predicted numbers say so, and what was not run is said", () => {
  expect(html).toMatch(/127,551<\/b><span>images\/s at 100 MHz<\/span><span class="tag predicted">predicted/)
  expect(html).toMatch(/Vivado place and route<\/td><td>[^<]*<\/td><td><span class="tag predicted">not run/)
})

test("a mismatch turns the headline to failed", () => {
  const [first] = fixture.summary.rtl
  if (first === undefined) throw new Error("the fixture has no simulator")
  const text = page({...fixture, summary: {...fixture.summary, rtl: [{...first, mismatches: 3}]}})
  expect(text).toMatch(/<b>3<\/b><span>outputs of 10,000 images that differ[^<]*<\/span><span class="tag failed">/)
})

test("Chromium draws it from disk in light and dark without an error", (context) => {
  const chromium = requireTool("chromium", context)
  const folder = mkdtempSync(join(tmpdir(), "tlast-page-"))
  writeFileSync(join(folder, "index.html"), html)
  const dom = execFileSync(
    chromium,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--virtual-time-budget=2000",
      "--dump-dom",
      `file://${folder}/index.html`,
    ],
    {encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 600_000, maxBuffer: 1e8},
  )
  expect(dom).toContain("What you hold")
  expect(dom.match(/<svg/g)?.length).toBe(8)
})
