#include "backend/cuda/joined_sums.h"

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct JoinKernel {
  JoinedSums work;
  ImageGrid rows;
  Element element;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t pixel = i / rows.padded;
    auto channel = static_cast<std::int32_t>(i - pixel * rows.padded);
    const std::int32_t gate = channel / work.grid.padded;
    channel -= gate * work.grid.padded;
    const StageSum& sum = work.sums[gate];
    float value = sum.bias != nullptr ? sum.bias[channel] : 0.0f;
    for (const StageTerm& term : sum.terms) {
      if (term.data == nullptr) continue;
      value += load_element(term.data, pixel * term.pixel + channel, element);
    }
    static_cast<float*>(work.to.data)[work.to.index(pixel, gate, channel)] = value;
  }
};

}  // namespace

void join_sums(Stream& stream, const JoinedSums& work, Element element, std::int64_t images) {
  const ImageGrid rows{work.grid.area, work.gates * work.grid.padded, work.gates * work.grid.padded};
  launch(stream, rows.count(images), JoinKernel{work, rows, element});
}

}  // namespace convlstm::cuda
