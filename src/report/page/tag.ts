import type {Provenance} from "../data.ts"
import {type Markup, markup} from "./markup.ts"

/** The small word beside a number that says how it came about. */
export const tag = (provenance: Provenance | "failed" | "not run"): Markup =>
  markup`<span class="tag ${provenance === "not run" ? "predicted" : (provenance.split(" ")[0] ?? "")}">${provenance}</span>`
