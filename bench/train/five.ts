// The five networks that the trainer is measured on against PyTorch; torch_cpu.py has the same.
import {byName} from "../../models/index.ts"

export const five = ["digits16", "digits8x16", "strided", "separable", "residual"].map(byName)
