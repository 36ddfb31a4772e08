import {dense, network} from "../src/graph/layers.ts"

/** A lone dense layer, 128 to 10: what known weights are loaded into to see that a DMA path works. */
export const dense128x10 = network("dense128x10", {height: 1, width: 1, channels: 128}, [dense({units: 10})])
