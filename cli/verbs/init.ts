import {configNames} from "../../src/config/load.ts"
import {template} from "../../src/config/template.ts"
import {TlastError} from "../../src/errors.ts"
import type {Verb} from "../verb.ts"

export const init: Verb = {
  name: "init",
  summary: "write a commented tlast.config.ts here",
  plain: true,
  async run({host, say}) {
    for (const name of configNames) {
      if (!(await host.files.exists(name))) continue
      throw new TlastError({
        code: "CONFIG_EXISTS",
        where: name,
        message: "there is a configuration here already, and it is left as it is",
        hint: "move it away first, or run `tlast init` in another folder",
      })
    }
    const [name] = configNames
    await host.files.write(name, template)
    say(`wrote ${name}: read it, change the network, then run \`tlast build\``)
    return {report: {file: name}}
  },
}
