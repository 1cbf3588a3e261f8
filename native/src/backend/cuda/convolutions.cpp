#include "backend/cuda/convolutions.h"

#include <algorithm>

namespace convlstm::cuda {

Convolution& Convolutions::get(const ConvolutionShape& shape, const Precision& precision,
                               ConvolutionUse use) {
  for (Entry& entry : entries_)
    if (entry.use == use && entry.shape == shape && entry.precision == precision) return entry.convolution;
  const ConvolutionUses uses{use == ConvolutionUse::kForward, use == ConvolutionUse::kDataGradient,
                             use == ConvolutionUse::kKernelGradient};
  entries_.push_back({shape, precision, use, Convolution(device_->cudnn, shape, precision, uses)});
  needed_ = std::max(needed_, entries_.back().convolution.workspace_bytes());
  return entries_.back().convolution;
}

void* Convolutions::workspace() {
  if (needed_ > workspace_.bytes()) workspace_ = DeviceMemory(device_, needed_);
  return workspace_.data();
}

ConvolutionShape shape_of(const Axes& axes) {
  ConvolutionShape shape;
  const auto take = [&](Size3& to, std::int64_t Axis::*of) { to = {axes.h.*of, axes.w.*of, axes.d.*of}; };
  take(shape.input, &Axis::input);
  take(shape.output, &Axis::output);
  take(shape.kernel, &Axis::kernel);
  take(shape.stride, &Axis::stride);
  take(shape.dilation, &Axis::dilation);
  take(shape.before, &Axis::before);
  const bool is_flat = axes.d.input == 1 && axes.d.output == 1 && axes.d.kernel == 1 && axes.d.before == 0;
  shape.rank = is_flat ? 2 : 3;
  return shape;
}

}  // namespace convlstm::cuda
