import {TlastError} from "../../src/errors.ts"
import type {IntegerNetwork} from "../../src/graph/integer.ts"
import {integerNetworkFromJson} from "../../src/graph/json.ts"
import type {Host} from "../../src/host/host.ts"
import {importTflite} from "../../src/import/tflite.ts"
import {npy} from "../../src/package/npy.ts"
import {openOutputs} from "../../src/pipeline/outputs.ts"
import {runBuild} from "../../src/pipeline/run.ts"
import {type Settings, settingsOf} from "../../src/pipeline/settings.ts"
import {quantizeHls2020} from "../../src/quantize/hls2020.ts"
import {table} from "../../src/report/table.ts"
import {checkEcho, type LoadPacket, loadPackets} from "../../src/weights/pack.ts"
import type {Verb} from "../verb.ts"

export const weights: Verb = {
  name: "weights",
  summary: "the packets that load a model into a core with loadable weights",
  args: ["[MODEL]"],
  flags: [["--answer <FILE>", "what the core answered to all of them, 16-bit words: check the echoes"]],
  async run({host, args, config, given, watch, say}) {
    const settings = await settingsOf(config, host)
    await runBuild({host, settings, to: "plan", ...watch})
    const outputs = openOutputs(host, settings)
    const [built, {loadable}] = [await outputs.integer(), await outputs.plan()]
    if (loadable === undefined)
      throw new TlastError({
        code: "NOT_LOADABLE",
        where: settings.out,
        message: "this core's weights are constants",
        hint: "build it with --weights loadable --packets header",
      })
    const [file] = args
    const packets = loadPackets(built, file === undefined ? built : await modelOf(file, settings, host), loadable)
    const files = packets.map(({name}, i) => `${settings.out}/weights/${i + 1}-${name.replace(/ /g, "-")}.bin`)
    for (const [i, {words}] of packets.entries()) {
      await host.files.write(files[i] ?? "", bytesOf(words))
      // What the board's driver reads: accelerator.load_weights(folder).
      await host.files.write(`${settings.out}/weights/load_${i}.npy`, npy(Int16Array.from(words), [words.length]))
    }
    const rows = packets.map(({name, words}, i) => [
      name,
      `[${words.subarray(0, 7).join(", ")}]`,
      `${words.length} words`,
      files[i] ?? "",
    ])
    for (const line of table(["", "header", "", ""], rows)) say(line)
    const total = packets.reduce((sum, {words}) => sum + words.length, 0)
    say(`send each with TLAST on its last word: ${total} words, as many come back; at a word a clock ${total} clocks`)
    say(`on a board: accelerator.load_weights("${settings.out}/weights")`)
    const answer = typeof given.answer === "string" ? given.answer : undefined
    if (answer !== undefined) {
      checkAnswers(packets, await host.files.read(answer), answer)
      say(`${answer}: every echo is what was sent`)
    }
    return {report: {packets: rows.map(([name, header, words, path]) => ({name, header, words, path})), words: total}}
  },
}

/** integer.json of another build, or, in hls-2020 arithmetic, a float .tflite. */
async function modelOf(file: string, {config}: Settings, host: Host): Promise<IntegerNetwork> {
  if (/\.json$/i.test(file)) return integerNetworkFromJson(await host.files.readText(file), file)
  if (/\.tflite$/i.test(file) && config.arithmetic === "hls-2020") {
    const {model} = importTflite(await host.files.read(file), {name: "model"})
    return quantizeHls2020(model, config.weightScale === undefined ? {} : {weightScale: config.weightScale}).network
  }
  throw new TlastError({
    code: "UNKNOWN_FORMAT",
    where: file,
    message: "weights are read from the integer.json of a build, or, in hls-2020 arithmetic, from a .tflite",
    hint: "quantise it first: tlast quantize --network FILE --weights loadable --packets header --out OTHER, then OTHER/integer.json",
  })
}

/** Answers to all packets, one after the other. Throws ANSWER_LENGTH, ANSWER_FAULT or ECHO_DIFFERS. */
function checkAnswers(packets: readonly LoadPacket[], bytes: Uint8Array, where: string): void {
  const words = new Uint16Array(bytes.slice().buffer, 0, Math.floor(bytes.length / 2))
  let offset = 0
  for (const packet of packets) {
    checkEcho(packet, words.subarray(offset, offset + packet.answer.length))
    offset += packet.answer.length
  }
  if (offset !== words.length || bytes.length % 2 !== 0)
    throw new TlastError({
      code: "ANSWER_LENGTH",
      where,
      message: `found ${bytes.length} bytes, expected ${2 * offset}`,
      hint: "give the answers to all packets, one after the other, and nothing else",
      exitCode: 1,
    })
}

/** Words as a stream carries them, low byte first. */
const bytesOf = (words: Uint16Array): Uint8Array =>
  Uint8Array.from(words.length === 0 ? [] : Array.from(words).flatMap((word) => [word & 255, word >> 8]))
