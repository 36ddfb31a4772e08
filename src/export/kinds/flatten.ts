import type {ExportKind} from "./kind.ts"

export const flatten: ExportKind<"flatten"> = {
  operator: "RESHAPE",
  options: () => ({}),
  rank: {writes: 2},
  reshapes: true,
}
