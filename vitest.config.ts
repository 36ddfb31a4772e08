import {defineConfig} from "vitest/config"

export default defineConfig({
  resolve: {alias: {tlast: new URL("src/index.ts", import.meta.url).pathname}},
  // A test that hangs still ends; a machine busy with other work never makes one red.
  test: {include: ["test/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: 2},
})
