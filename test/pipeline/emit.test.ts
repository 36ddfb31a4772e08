import {expect, test} from "vitest"
import type {Host} from "../../src/host/host.ts"
import {nodeHost} from "../../src/host/node.ts"
import {settingsOf} from "../../src/pipeline/settings.ts"
import {emitStep} from "../../src/pipeline/steps/emit.ts"

const host = nodeHost()

/** The host, where one module has another text. */
const changed = (module: string): Host => ({
  ...host,
  files: {
    ...host.files,
    asset: async (path) => (path === module ? new TextEncoder().encode("// mine\n") : await host.files.asset(path)),
  },
})

test.each(["rtl/queue.sv", "rtl/window.sv"])("a change of %s emits again", async (module) => {
  const settings = await settingsOf({network: "digits16"}, host)
  const options = await emitStep.options(settings, host)
  expect(await emitStep.options(settings, host)).toEqual(options)
  expect(await emitStep.options(settings, changed(module))).not.toEqual(options)
})
