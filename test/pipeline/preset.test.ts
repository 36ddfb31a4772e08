import {describe, expect, test} from "vitest"
import {names, presetOf} from "../../models/index.ts"
import {parseConfig} from "../../src/config/schema.ts"
import {dense, flatten, network} from "../../src/graph/layers.ts"
import {nodeHost} from "../../src/host/node.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"

const configOf = async (config: Parameters<typeof settingsOf>[0]) => (await settingsOf(config, nodeHost())).config

describe("a network that comes with tlast", () => {
  test("brings what it is built with, which the configuration overrides key by key", async () => {
    expect(await configOf({network: "spectrogram"})).toMatchObject({
      data: "tones",
      train: {epochs: 20, augment: false},
      quantize: {perChannel: true},
    })
    expect(
      await configOf({network: "spectrogram", data: "mnist", train: {epochs: 3}, quantize: {weightBits: 4}}),
    ).toMatchObject({
      data: "mnist",
      train: {epochs: 3, augment: false},
      quantize: {perChannel: true, weightBits: 4},
    })
    expect((await configOf({network: "binary64x32"})).quantize).toEqual({
      weightBits: 1,
      activationBits: 4,
      perChannel: true,
      fineTuneEpochs: 10,
    })
    expect((await configOf({network: "digits16"})).quantize).toBeUndefined()
    expect((await configOf({network: "residual", arithmetic: "hls-2020"})).quantize).toBeUndefined()
  })

  test("brings nothing to a network of the user's own, whatever its name", async () => {
    const own = network("spectrogram", {height: 4, width: 4, channels: 1}, [flatten(), dense({units: 2})])
    const config = await configOf({network: own})
    expect(config.data).toBe("mnist")
    expect(config.quantize).toBeUndefined()
  })

  test("has a preset that is a configuration", () => {
    for (const name of names) expect(parseConfig({network: name, ...presetOf(name)}, name).network).toBe(name)
  })
})
