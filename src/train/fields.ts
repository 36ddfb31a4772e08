// Words of a step of the trainer's program, in bytes from its start: program.ts writes them, assembly/ reads them. Addresses
// are bytes of the kernels' memory. A tensor may have a border of zeros, for layers that pad: X, DX, X2, DX2, Y and DY are the
// addresses of the first element inside it, of image 0; *_IMAGE, *_ROW and *_PIXEL are bytes from one to the next.

export const KIND = 0
export const X = 4
export const X_IMAGE = 8
export const X_ROW = 12
export const X_PIXEL = 16
/** Rows and columns of x, as it lies in memory. */
export const X_ROWS = 20
export const X_COLUMNS = 24
/** Elements of a pixel of x. */
export const CHANNELS = 28
/** Gradient of x, or 0 where nobody needs it. */
export const DX = 32
/** 1 where another layer has already put its share there. */
export const ADDS = 36
/** Bytes from the start of the gradient's memory to DX. */
export const DX_INSIDE = 40
/** The other tensor of an add; its pixels are as x's. */
export const X2 = 44
export const X2_IMAGE = 48
export const X2_ROW = 52
export const DX2 = 56
export const ADDS2 = 60
export const Y = 64
export const Y_IMAGE = 68
export const Y_ROW = 72
export const DY = 76
/** Rows and columns of y. */
export const ROWS = 80
export const COLUMNS = 84
/** Channels that exist, and rounded up to 4: a pixel of y. */
export const OUTPUTS = 88
export const OUTPUTS4 = 92
/**
 * An i32 for each y, placed as y: byte offset in x of the window that won, or -1 where no gradient passes; the mask of a
 * dropout.
 */
export const WINNERS = 96
export const RELU = 100
/** 0 none, 1 to nearest, 2 floor; SCALE is f32: 2^fraction; LOWEST and HIGHEST f32, in integers. */
export const QUANTISE = 104
export const SCALE = 108
export const LOWEST = 112
export const HIGHEST = 116
export const POOL_ROWS = 120
export const POOL_COLUMNS = 124
export const KERNEL_ROWS = 128
export const KERNEL_COLUMNS = 132
/** Elements of a kernel's row (columns x CHANNELS), and rounded up to 4. */
export const KERNEL_RUN = 136
export const KERNEL_RUN4 = 140
export const STRIDE_ROWS = 144
export const STRIDE_COLUMNS = 148
/** Zeros before the image, inside x's border. */
export const TOP = 152
export const LEFT = 156
export const WEIGHTS = 160
export const BIAS = 164
/** Gradients, placed as the weights and biases are. */
export const GRADIENT = 168
export const BIAS_GRADIENT = 172
/** Weights in the order of the forward pass, of the backward pass, and gradients in the order they are summed. */
export const PANELS = 176
export const DX_PANELS = 180
export const SUMS = 184
/** An image's windows before pooling, WINDOW_COLUMNS a row: also those that fill no pool. */
export const SCRATCH = 188
export const WINDOW_COLUMNS = 192
/** Gradient before relu and quantisation of one image, with its own border; ZEROS is as long as any run of outputs. */
export const DZ = 196
export const DZ_ROW = 200
export const ZEROS = 204
/** 1 where only the winners of a pool are visited backwards. */
export const SPARSE = 208
/** 1 where the windows of a batch are its images. */
export const WHOLE = 212
/** f32: of dropout, or a batchNorm's epsilon. */
export const RATE = 216
/** f32: what a sum over a pool is multiplied by. */
export const FACTOR = 220
/** Mixed into the random numbers. */
export const SEED = 224
/** Running mean and variance, and where their sums over images go. */
export const MEAN = 228
export const VARIANCE = 232
export const MEAN_SUM = 236
export const VARIANCE_SUM = 240
export const STEP_BYTES = 256
