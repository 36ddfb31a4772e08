// The wire format of PYNQ.remote (pynq 3.1 to 4.0), written down from what its clients send and expect.

const unary = (name: string, request: string, response: string) => `rpc ${name}(${request}) returns (${response});`

const device = `syntax = "proto3";
package remote_device;
message ReadFileRequest { string file_path = 1; }
message ReadFileResponse { bytes data = 1; }
message WriteFileRequest { string file_path = 1; bytes data = 2; }
message WriteFileResponse {}
message ExistsFileRequest { string file_path = 1; }
message ExistsFileResponse { bool exists = 1; }
message SetBitstreamAttrsRequest { string binfile_name = 1; bool partial = 2; }
message SetPlClkRequest { int32 i = 1; int32 div0 = 2; int32 div1 = 3; int32 clk_mhz = 4; }
message ShutdownRequest {}
message DownloadRequest { bytes buffer = 1; }
message Status { bool status = 1; }
service RemoteDevice {
  ${unary("set_bitstream_attrs", "SetBitstreamAttrsRequest", "Status")}
  ${unary("download", "stream DownloadRequest", "Status")}
  ${unary("set_pl_clk", "SetPlClkRequest", "Status")}
  ${unary("shutdown", "ShutdownRequest", "Status")}
  ${unary("readfile", "ReadFileRequest", "stream ReadFileResponse")}
  ${unary("writefile", "stream WriteFileRequest", "WriteFileResponse")}
  ${unary("existsfile", "ExistsFileRequest", "ExistsFileResponse")}
}`

// "data" is uint32 in 4.0 and int32 in 3.1: the same bytes.
const mmio = `syntax = "proto3";
package mmio;
message GetMmioRequest { uint64 base_addr = 1; uint64 length = 2; }
message GetMmioResponse { bool status = 1; optional string msg = 2; optional string mmio_id = 3; }
message ReadRequest { string mmio_id = 1; uint64 length = 2; uint64 offset = 3; string word_order = 4; }
message ReadResponse { bool status = 1; optional string msg = 2; optional uint32 data = 3; }
message WriteRequest { string mmio_id = 1; uint64 offset = 2; bytes data = 3; }
message WriteResponse { bool status = 1; optional string msg = 2; }
service Mmio {
  ${unary("get_mmio", "GetMmioRequest", "GetMmioResponse")}
  ${unary("read", "ReadRequest", "ReadResponse")}
  ${unary("write", "WriteRequest", "WriteResponse")}
}`

const buffer = `syntax = "proto3";
package buffer;
message BufferId { string buffer_id = 1; }
message AllocateRequest { int32 size = 1; string dtype = 2; bool cacheable = 3; }
message AllocateResponse { optional string msg = 2; optional string buffer_id = 3; }
message BufferWriteRequest { string buffer_id = 1; bytes data = 2; int32 start = 3; int32 end = 4; }
message BufferReadRequest { string buffer_id = 1; int32 start = 2; int32 end = 3; }
message BufferReadResponse { optional string msg = 2; optional bytes data = 3; }
message Answer { optional string msg = 2; }
message AddressResponse { optional string msg = 2; optional uint64 address = 3; }
message CacheableResponse { optional string msg = 2; optional bool cacheable = 3; }
service RemoteBuffer {
  ${unary("allocate", "AllocateRequest", "AllocateResponse")}
  ${unary("write", "stream BufferWriteRequest", "Answer")}
  ${unary("read", "BufferReadRequest", "stream BufferReadResponse")}
  ${unary("freebuffer", "BufferId", "Answer")}
  ${unary("flush", "BufferId", "Answer")}
  ${unary("invalidate", "BufferId", "Answer")}
  ${unary("physical_address", "BufferId", "AddressResponse")}
  ${unary("virtual_address", "BufferId", "AddressResponse")}
  ${unary("cacheable", "BufferId", "CacheableResponse")}
}`

const gpio = `syntax = "proto3";
package gpio;
message Empty {}
service Gpio {
${["get_gpio", "read", "write", "unexport", "is_exported", "get_gpio_base_path", "get_gpio_npins"]
  .map((name) => `  ${unary(name, "Empty", "Empty")}`)
  .join("\n")}
}`

export const protocol: readonly string[] = [device, mmio, buffer, gpio]

/** pynq asks no other. */
export const PYNQ_PORT = 7967
/** What pynq puts in one message of a file or buffer. */
export const CHUNK = 2 * 2 ** 20
