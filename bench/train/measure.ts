// Trains digits16 and prints accuracy and images per CPU-second. Arguments: epochs, threads, seed.
import {byName} from "../../models/index.ts"
import {loadData} from "../../src/data/data.ts"
import {nodeHost} from "../../src/host/node.ts"
import {train} from "../../src/train/train.ts"

const [epochs, threads, seed] = process.argv.slice(2).map(Number)
const host = nodeHost()
const data = await loadData({name: "mnist"}, host)
const cpu = host.clock.cpuSeconds()
const wall = host.clock.wallSeconds()
const {model, report} = await train({
  network: byName("digits16"),
  data,
  options: {epochs: epochs ?? 10, threads: threads ?? 1, seed: seed ?? 1},
  host,
})
const images = report.images.training * report.epochs.length
const seconds = host.clock.cpuSeconds() - cpu
for (const {epoch, loss, accuracy, heldOut} of report.epochs) console.log(epoch, loss.toFixed(4), accuracy, heldOut)
const digest = await crypto.subtle.digest("SHA-256", new Float32Array(model.parameters.conv1?.weights ?? []))
console.log({
  accuracy: report.accuracy,
  bestEpoch: report.bestEpoch,
  imagesPerCpuSecond: Math.round(images / seconds),
  cpuSeconds: seconds,
  wallSeconds: host.clock.wallSeconds() - wall,
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  conv1: Buffer.from(digest).toString("hex").slice(0, 16),
})
