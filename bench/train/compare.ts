// Trains the five networks, without augmentation, and prints images per CPU-second of each. Arguments: epochs, names.
import {loadData} from "../../src/data/data.ts"
import {nodeHost} from "../../src/host/node.ts"
import {train} from "../../src/train/train.ts"
import {five} from "./five.ts"

const [epochs = "1", ...names] = process.argv.slice(2)
const host = nodeHost()
const data = await loadData({name: "mnist"}, host)
for (const network of five.filter(({name}) => names.length === 0 || names.includes(name))) {
  const options = {epochs: Number(epochs), threads: 1, augment: false}
  const cpu = host.clock.cpuSeconds()
  const {report} = await train({network, data, options, host})
  const seconds = host.clock.cpuSeconds() - cpu
  const rate = (report.images.training * Number(epochs)) / seconds
  console.log(`${network.name}: tlast ${Math.round(rate)} images per CPU-second, ${report.accuracy.test} %`)
}
