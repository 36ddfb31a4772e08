/** A word of a step. */
// @ts-ignore: decorator
@inline export function word(step: u32, field: i32): i32 {
  return load<i32>(step + field)
}

// @ts-ignore: decorator
@inline export function float(step: u32, field: i32): f32 {
  return load<f32>(step + field)
}
