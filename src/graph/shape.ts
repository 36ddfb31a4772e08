/** Height, width and channels of one image's tensor (NHWC without N). A vector of n is 1 x 1 x n. */
export interface Shape {
  readonly height: number
  readonly width: number
  readonly channels: number
}

export interface Size {
  readonly height: number
  readonly width: number
}

/** Elements of one image. */
export const elements = ({height, width, channels}: Shape): number => height * width * channels

/** "24x24x16", or "576" for a vector. */
export const shapeName = ({height, width, channels}: Shape): string =>
  height === 1 && width === 1 ? `${channels}` : `${height}x${width}x${channels}`
