import type {PageData} from "../data.ts"
import {accuracySection} from "./accuracy.ts"
import {choicesSection} from "./choices.ts"
import {comparisonSection} from "./comparison.ts"
import {count, type Markup, markup, percent, time} from "./markup.ts"
import {pipelineSection} from "./pipeline.ts"
import {resourcesSection} from "./resources.ts"
import {style} from "./style.ts"
import {tag} from "./tag.ts"
import {timingSection} from "./timing.ts"
import {weightsSection} from "./weights.ts"

/** report/index.html: one file, no script, nothing fetched; opens from disk. */
export function page(data: PageData): string {
  const {summary, title, tool} = data
  return `<!doctype html>\n${
    markup`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="${tool}"><title>${summary.network}: an accelerator, proven</title><style>${{markup: style}}</style></head><body><main>
<h1>${summary.network}</h1><p class="lead">${title}</p>
${headline(data)}
${pipelineSection(data.pipeline)}
${timingSection(data.timing)}
${data.accuracy.images > 0 && accuracySection(data.accuracy)}
${weightsSection(data.weights)}
${resourcesSection(data.device, summary.resources.source)}
${data.choices && choicesSection(data.choices)}
${comparisonSection(summary)}
${checksSection(data)}
${filesSection(data)}
<footer>Made by ${tool}. The numbers are also in <code>report/summary.json</code>, each stage's in <code>report/&lt;stage&gt;.json</code>,
the files' hashes in <code>manifest.json</code>.</footer></main></body></html>`.markup
  }\n`
}

function headline({summary, device}: PageData): Markup {
  const {accuracy, rtl, throughput, resources} = summary
  const [first] = rtl
  const kpi = (value: string, what: string, how: Parameters<typeof tag>[0]) =>
    markup`<div class="kpi"><b>${value}</b><span>${what}</span>${tag(how)}</div>`
  return markup`<div class="kpis">
${kpi(percent(accuracy.quantised), `of ${count(accuracy.images)} test images, in integers`, "checked")}
${first !== undefined && kpi(count(rtl.reduce((sum, {mismatches}) => sum + mismatches, 0)), `outputs of ${count(first.images)} images that differ between RTL and definition`, rtl.some(({mismatches}) => mismatches > 0) ? "failed" : "simulated")}
${first !== undefined && kpi(first.cyclesPerImage.toFixed(1), "clocks an image, back to back", "simulated")}
${first !== undefined && kpi(time(first.latencyCycles / throughput.clockHz), `last pixel to first result, ${first.latencyCycles} clocks`, "simulated")}
${kpi(count(throughput.imagesPerSecond), `images/s at ${throughput.clockHz / 1e6} MHz`, "predicted")}
${kpi(count(resources.lut), `LUTs, ${((100 * resources.lut) / device.capacity.lut).toFixed(1)} % of ${device.name}`, "synthesised")}
</div>
<div class="legend"><span>${tag("checked")} compared on every image</span><span>${tag("simulated")} cycle by cycle, the emitted RTL</span>
<span>${tag("synthesised")} by Yosys, not placed</span><span>${tag("measured here")} on this computer</span><span>${tag("predicted")} calculated</span></div>`
}

function checksSection({checks}: PageData): Markup {
  const state = {passed: "checked", failed: "failed", "not run": "not run"} as const
  return markup`<section><h2>What was checked, and what was not</h2><div class="scroll"><table><tr><th>Check</th><th>Result</th><th></th></tr>
${checks.map((check) => markup`<tr><td>${check.what}</td><td>${check.result}</td><td>${tag(state[check.state])}</td></tr>`)}</table></div></section>`
}

function filesSection({files}: PageData): Markup {
  return markup`<section><h2>What you hold</h2><div class="scroll"><table>
${files.map(({path, what}) => markup`<tr><td><a href="../${path}"><code>${path}</code></a></td><td>${what}</td></tr>`)}</table></div></section>`
}
