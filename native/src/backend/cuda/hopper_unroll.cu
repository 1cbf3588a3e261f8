#include "backend/cuda/hopper_unroll.h"

#include "backend/cuda/launch.h"
#include "backend/cuda/sources.h"

namespace convlstm::cuda {
namespace {

template <Element E>
struct UnrollKernel {
  UnrollInput work;
  ImageGrid grid;  // of what is written

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const Place at = grid.place(i);
    const std::int64_t t = at.image / work.batch, n = at.image - t * work.batch;
    const bool is_active =
        work.active == nullptr || work.active[t * work.mask_step + n * work.mask_batch] != 0;
    store_saturated<E>(work.to, i, is_active && at.channel < grid.channels ? read(t, n, at) : 0.0f);
  }

 private:
  CLN_HOST_DEVICE float read(std::int64_t t, std::int64_t n, const Place& at) const {
    const std::int32_t tap = at.channel / work.channels, line = tap / work.kernel.w;
    const std::int32_t row = at.pixel / work.states.w;
    const auto along = [](std::int32_t pixel, std::int32_t stride, std::int32_t element,
                          std::int32_t dilation,
                          std::int32_t before) { return pixel * stride + element * dilation - before; };
    const std::int32_t w =
        along(at.pixel % work.states.w, work.stride.w, tap % work.kernel.w, work.dilation.w, work.before.w);
    const std::int32_t h =
        along(row % work.states.h, work.stride.h, line % work.kernel.h, work.dilation.h, work.before.h);
    const std::int32_t d =
        along(row / work.states.h, work.stride.d, line / work.kernel.h, work.dilation.d, work.before.d);
    if (w < 0 || w >= work.input.w || h < 0 || h >= work.input.h || d < 0 || d >= work.input.d) return 0;
    return *work.from.at(t, n, at.channel % work.channels, (d * work.input.h + h) * work.input.w + w);
  }
};

}  // namespace

void unroll_input(Stream& stream, const UnrollInput& work, Element element, std::int64_t steps) {
  const std::int32_t taps = work.kernel.d * work.kernel.h * work.kernel.w;
  const ImageGrid grid{work.states.d * work.states.h * work.states.w, taps * work.channels, work.padded};
  const std::int64_t count = grid.count(steps * work.batch);
  switch (element) {
    case Element::kFloat32:
      return launch(stream, count, UnrollKernel<Element::kFloat32>{work, grid});
    case Element::kBfloat16:
      return launch(stream, count, UnrollKernel<Element::kBfloat16>{work, grid});
    case Element::kFloat16:
      return launch(stream, count, UnrollKernel<Element::kFloat16>{work, grid});
  }
}

}  // namespace convlstm::cuda
