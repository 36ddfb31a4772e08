/** An image as a data: URI of an uncompressed BMP, which every browser shows. One channel is grey, three are RGB. */
export function bitmap(pixels: Uint8Array, shape: {height: number; width: number; channels: number}): string {
  const {height, width, channels} = shape
  const row = Math.ceil((width * 3) / 4) * 4
  const file = new Uint8Array(54 + row * height)
  const view = new DataView(file.buffer)
  file.set([0x42, 0x4d])
  view.setUint32(2, file.length, true)
  view.setUint32(10, 54, true)
  view.setUint32(14, 40, true)
  view.setInt32(18, width, true)
  view.setInt32(22, -height, true) // top row first
  view.setUint16(26, 1, true)
  view.setUint16(28, 24, true)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let colour = 0; colour < 3; colour++) {
        const channel = channels >= 3 ? 2 - colour : 0 // BMP is blue, green, red
        file[54 + y * row + x * 3 + colour] = pixels[(y * width + x) * channels + channel] ?? 0
      }
    }
  }
  return `data:image/bmp;base64,${base64(file)}`
}

function base64(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
