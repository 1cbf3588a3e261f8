// The list of cells: how many gates their kernels have, and of how many parts their state is.
#pragma once

#include <cstdint>

#include "convlstm_native.h"

namespace convlstm {

// The rows of a kernel are its gates times F. A cell without such a kernel has 0 gates there.
struct CellTraits {
  std::int64_t input_gates;      // of input_kernel and bias
  std::int64_t recurrent_gates;  // of recurrent_kernel and recurrent_bias
  std::int64_t memory_gates;     // of memory_kernel
  std::int64_t state_parts;      // the first of StatePart
};

// Gates in the order of the rows:
//   ConvLSTM  input, recurrent: i f g o
//   ConvGRU   input, recurrent: z r n
//   ST-LSTM   input: i f g i' f' g' o   recurrent: i f g o   memory: i' f' g'
constexpr CellTraits traits_of(cln_cell cell) {
  switch (cell) {
    case CLN_CELL_CONV_GRU:
    case CLN_CELL_CONV_GRU_RESET_AFTER:
      return {3, 3, 0, 1};
    case CLN_CELL_ST_LSTM:
      return {7, 4, 3, 3};
    case CLN_CELL_CONV_LSTM:
      break;
  }
  return {4, 4, 0, 2};
}

}  // namespace convlstm
