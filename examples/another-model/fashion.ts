import {type Host, TlastError} from "tlast"

const PACKAGE = "dataset-fashion-mnist"
const PLACE = "usr/share/datasets/fashion-mnist"

/**
 * A folder with the four idx files of Fashion-MNIST: where Debian's package installs it, or unpacked from that package below
 * `out`; it is downloaded once, by apt-get, and needs no root. Throws DATA_MISSING (3) where there is no apt.
 */
export async function fashionMnist(host: Host, out: string): Promise<string> {
  const unpacked = `${out}/${PACKAGE}`
  for (const folder of [`/${PLACE}`, `${unpacked}/${PLACE}`])
    if ((await host.files.list(folder)).filter((name) => name.endsWith("-ubyte.gz")).length === 4) return folder
  const missing = (message: string, cause?: string) =>
    new TlastError({
      code: "DATA_MISSING",
      where: "Fashion-MNIST",
      message: cause === undefined ? message : `${message}: ${cause.trim().split("\n").at(-1)}`,
      hint: `on Debian or Ubuntu: apt-get install ${PACKAGE}; elsewhere: --data DIR, a folder with its four idx files`,
      exitCode: 3,
    })
  for (const tool of ["apt-get", "dpkg-deb"])
    if ((await host.which(tool)) === undefined) throw missing(`${tool} is not installed`)
  await host.files.makeFolder(unpacked)
  const download = await host.run("apt-get", ["download", "-qq", PACKAGE], {cwd: unpacked})
  const archive = (await host.files.list(unpacked)).find((name) => name.endsWith(".deb"))
  if (download.exitCode !== 0 || archive === undefined) throw missing(`apt-get cannot download it`, download.stderr)
  const unpack = await host.run("dpkg-deb", ["-x", archive, "."], {cwd: unpacked})
  if (unpack.exitCode !== 0) throw missing(`${archive} cannot be unpacked`, unpack.stderr)
  await host.files.remove(`${unpacked}/${archive}`)
  return `${unpacked}/${PLACE}`
}
