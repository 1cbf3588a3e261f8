// What the backward of a float16 sequence multiplies its gradients with, so that they use the range of
// float16: a power of two, chosen on the device from the largest gradient that goes in, and undone in float32
// where gradients come out.
//
// The largest gradient becomes about 64. So a gradient that grows a thousandfold on its way is still finite
// (beyond that it is cut off at 65504, not infinite), and one that is a million times smaller still has all
// its bits.
#pragma once

#include "backend/cuda/images.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda {

class GradientScale {
 public:
  static constexpr std::size_t kBytes = 4 * sizeof(float);

  // Over kBytes of device memory, in which [0] is the scale, [1] its inverse afterwards.
  explicit GradientScale(float* memory) : memory_(memory) {}

  void begin(Stream& stream) const;
  // Looks at dy of a range of steps. A gradient that is not finite is passed over.
  void look_at(Stream& stream, const FramesView<const float>& dy, const ImageGrid& grid, std::int64_t steps,
               std::int64_t batch) const;
  void look_at(Stream& stream, const float* values, std::int64_t count) const;
  void end(Stream& stream) const;
  const float* get() const { return memory_; }

 private:
  float* memory_;
};

}  // namespace convlstm::cuda
