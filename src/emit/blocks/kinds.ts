import type {PlanStage} from "../../plan/plan.ts"
import {add} from "./add.ts"
import {argmax} from "./argmax.ts"
import {blocks, mean} from "./average.ts"
import type {Block} from "./block.ts"
import {collect} from "./collect.ts"
import {lines} from "./lines.ts"
import {pace} from "./pace.ts"
import {pad} from "./pad.ts"
import {windows} from "./windows.ts"

/** Blocks that are a file each, by the kind of their stage. ARCHITECTURE.md shows how to add one. */
const kinds = {add, argmax, blocks, collect, lines, mean, pace, pad, windows} as const

/** The block of a stage; undefined for those that sv-core.ts writes itself. */
export const blockOf = (stage: PlanStage): Block<PlanStage> | undefined =>
  (kinds as Readonly<Record<string, unknown>>)[stage.kind] as Block<PlanStage> | undefined
