// The pre-activations of one stage put together before a group normalization: rows of float32.
#pragma once

#include "backend/cuda/norm.h"
#include "backend/cuda/stage_arguments.h"

namespace convlstm::cuda {

struct JoinedSums {
  StageSum sums[kMaxGates];  // of each gate: terms that are not normalized, and what is added before
  RowsView to;
  ImageGrid grid;
  int gates;
};
void join_sums(Stream& stream, const JoinedSums& work, Element element, std::int64_t images);

}  // namespace convlstm::cuda
