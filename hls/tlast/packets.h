// What packet_slave and packet_master agree on: the words of `header` packets (docs/packets.md).
#ifndef TLAST_PACKETS_H
#define TLAST_PACKETS_H

#include "tlast/types.h"

namespace tlast {

typedef ap_axiu<16, 0, 0, 0> packet_beat;
typedef ap_uint<16> word;

// The seven words that begin every packet and every good answer.
enum field { STATUS, BATCH, KERNEL_DIM, INPUT_CHANNELS, INPUT_DIM, OUTPUT_CHANNELS, OUTPUT_DIM, FIELDS };

// An answer's error word is ERROR_FLAG + one of these. Of several in one header the lowest is answered.
enum fault {
  NO_FAULT,
  HEADER_SHORT,
  BAD_STATUS,
  BAD_BATCH,
  BAD_KERNEL_DIM,
  BAD_INPUT_CHANNELS,
  BAD_INPUT_DIM,
  BAD_OUTPUT_CHANNELS,
  BAD_OUTPUT_DIM,
  NOT_LOADED,
  BODY_SHORT,
  BODY_LONG
};
const int ERROR_FLAG = 0x8000;

// Something that can be loaded: the only header that loads it, and how its words are stored and echoed.
enum load_kind { WEIGHTS, BIASES, SHIFT };
struct load_target {
  int status, kernel_dim, input_channels, output_channels;
  int words;
  load_kind kind;
  int high_bits;  // BIASES: bits of a bias beyond the 16 of its first word
};

// The header of an execute packet; its batch is the sender's choice.
struct execute_header {
  int input_channels, input_dim, output_channels;
};

// What packet_slave tells packet_master to send: a word, or the results of the next image; or to drop those.
enum note_kind { SEND_WORD, SEND_IMAGE, DROP_IMAGE };
struct note {
  ap_uint<2> kind;
  word value;
  bool last;  // TLAST goes with it
  bool end;   // the last note of this call
};

inline void tell(hls::stream<note>& notes, note_kind kind, word value, bool last, bool end) {
#pragma HLS INLINE
  note one;
  one.kind = kind;
  one.value = value;
  one.last = last;
  one.end = end;
  notes.write(one);
}

}  // namespace tlast

#endif
