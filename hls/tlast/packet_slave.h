// packet_slave: the s_axis port of `header` packets. One packet in, one answer out, whatever is wrong with it.
//
// One call gives the layers one image, and `loads` one command. An execute packet takes a call an image. A packet
// without an image (a load, or one that is refused) sends a blank image, whose results are dropped: so each call of
// each layer is one image, in C simulation as in hardware, and no layer needs to know of packets.
//
//   loads: 0, or target number (from 1) and that target's words       notes: see packets.h
#ifndef TLAST_PACKET_SLAVE_H
#define TLAST_PACKET_SLAVE_H

#include "tlast/packets.h"

namespace tlast {

enum load_state { AS_BUILT, LOADED, BROKEN_OFF };

// The first thing wrong with a header, in the order of the codes.
inline fault header_fault(const word (&head)[FIELDS], int received, bool known, const load_target& target,
                          const execute_header& execute, bool loaded) {
#pragma HLS INLINE
  const bool executes = head[STATUS] == 0;
  if (received < FIELDS) return HEADER_SHORT;
  if (!executes && !known) return BAD_STATUS;
  if (executes ? head[BATCH] == 0 || head[BATCH] > 32767 : head[BATCH] != 0) return BAD_BATCH;
  if (head[KERNEL_DIM] != (executes ? 1 : target.kernel_dim)) return BAD_KERNEL_DIM;
  if (head[INPUT_CHANNELS] != (executes ? execute.input_channels : target.input_channels)) return BAD_INPUT_CHANNELS;
  if (head[INPUT_DIM] != (executes ? execute.input_dim : 1)) return BAD_INPUT_DIM;
  if (head[OUTPUT_CHANNELS] != (executes ? execute.output_channels : target.output_channels)) return BAD_OUTPUT_CHANNELS;
  if (head[OUTPUT_DIM] != 1) return BAD_OUTPUT_DIM;
  return executes && !loaded ? NOT_LOADED : NO_FAULT;
}

// A body word as it is stored and echoed.
inline word stored(const load_target& target, word value, bool odd) {
#pragma HLS INLINE
  if (target.kind == WEIGHTS) return ap_int<16>(ap_int<8>(value));
  if (target.kind == SHIFT) return value & 31;
  if (!odd) return value;
  const int unused = 16 - target.high_bits;
  return ap_int<16>(ap_int<16>(value) << unused) >> unused;
}

// Seven words, or with a fault the same with the fault in the place of the status, as all of the answer.
inline void send_header(hls::stream<note>& notes, const word (&head)[FIELDS], fault found) {
  for (int i = 0; i < FIELDS; ++i) {
#pragma HLS PIPELINE II=1
    const word value = found != NO_FAULT && i == STATUS ? word(ERROR_FLAG + found) : head[i];
    tell(notes, SEND_WORD, value, found != NO_FAULT && i == FIELDS - 1, false);
  }
}

// One body into `loads`, echoed as stored. A short one is filled with zeros, since its layer waits for every word; it
// counts as not loaded all the same. True when TLAST came with the last word, no sooner and no later.
inline bool load(hls::stream<packet_beat>& s_axis, hls::stream<word>& loads, hls::stream<note>& notes,
                 const word (&head)[FIELDS], const load_target& target, bool& ended) {
  int received = 0;
  if (ended) send_header(notes, head, BODY_SHORT);
  else send_header(notes, head, NO_FAULT);
  const bool empty = ended;
  for (int i = 0; i < target.words; ++i) {
#pragma HLS PIPELINE II=1
    word value = 0;
    if (!ended) {
      const packet_beat beat = s_axis.read();
      value = stored(target, beat.data, i % 2 == 1);
      ended = beat.last;
      ++received;
      tell(notes, SEND_WORD, value, ended && i == target.words - 1, false);
    }
    loads.write(value);
  }
  const bool whole = received == target.words && ended;
  if (!whole && !empty) tell(notes, SEND_WORD, ERROR_FLAG + (ended ? BODY_SHORT : BODY_LONG), true, false);
  return whole;
}

template <typename T, int ELEMENTS, int TARGETS>
void packet_slave(hls::stream<packet_beat>& s_axis, hls::stream<pack<T, 1> >& pixels, hls::stream<word>& loads,
                  hls::stream<note>& notes, const load_target (&targets)[TARGETS], const execute_header& execute) {
  static word head[FIELDS];
#pragma HLS ARRAY_PARTITION variable=head complete dim=0
  static load_state state[TARGETS];
  static word images_left = 0;

  bool ended = false;
  bool first = false;
  int target = TARGETS;
  if (images_left == 0) {  // a new packet
    int received = 0;
    for (int i = 0; i < FIELDS; ++i) {
#pragma HLS PIPELINE II=1
      head[i] = 0;
      if (!ended) {
        const packet_beat beat = s_axis.read();
        head[i] = beat.data;
        ended = beat.last;
        ++received;
      }
    }
    bool loaded = true;
    for (int t = 0; t < TARGETS; ++t) {
      if (head[STATUS] != 0 && head[STATUS] == targets[t].status) target = t;
      if (state[t] == BROKEN_OFF || (state[t] == AS_BUILT && targets[t].kind == WEIGHTS)) loaded = false;
    }
    const load_target& wanted = targets[target < TARGETS ? target : 0];
    const fault found = header_fault(head, received, target < TARGETS, wanted, execute, loaded);
    if (found != NO_FAULT) {
      send_header(notes, head, found);
      target = TARGETS;
    } else if (target == TARGETS) {
      images_left = head[BATCH];
      first = true;
    }
  }

  loads.write(target < TARGETS ? target + 1 : 0);
  if (target < TARGETS) state[target] = load(s_axis, loads, notes, head, targets[target], ended) ? LOADED : BROKEN_OFF;

  const bool blank = images_left == 0;
  bool missing = false;
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II=1
    pack<T, 1> pixel;
    pixel.at[0] = 0;
    if (!blank && !ended) {
      const packet_beat beat = s_axis.read();
      pixel.at[0] = T(beat.data);
      ended = beat.last;
    } else {
      missing = true;
    }
    pixels.write(pixel);
  }

  const bool final = images_left == 1;
  const bool good = !missing && (ended || !final);
  const fault found = good && ended == final ? NO_FAULT : ended ? BODY_SHORT : BODY_LONG;
  if (blank) {
    tell(notes, DROP_IMAGE, 0, false, true);
  } else if (good) {
    // The header leaves only now: until an image is whole, a fault takes its place.
    if (first) send_header(notes, head, NO_FAULT);
    tell(notes, SEND_IMAGE, 0, final, found == NO_FAULT);
    if (found != NO_FAULT) tell(notes, SEND_WORD, ERROR_FLAG + found, true, true);
  } else {
    if (first) send_header(notes, head, found);
    else tell(notes, SEND_WORD, ERROR_FLAG + found, true, false);
    tell(notes, DROP_IMAGE, 0, false, true);
  }
  images_left = blank || final || found != NO_FAULT ? word(0) : word(images_left - 1);

  // The rest of a packet that is too long, or refused, up to its TLAST.
  while (images_left == 0 && !ended) {
#pragma HLS PIPELINE II=1
    ended = s_axis.read().last;
  }
}

}  // namespace tlast

#endif
