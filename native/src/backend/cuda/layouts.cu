#include "backend/cuda/layouts.h"

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

CLN_HOST_DEVICE inline float factor_of(const SourceView& view, const DropView& drop, const ImageGrid& grid,
                                       int k, std::int64_t n, const Place& at) {
  return view.first_gate < 0 ? 1.0f : drop.factor(view.first_gate + k, grid, n, at);
}

// Into all copies, with their factors. n is the image's place in the batch.
template <Element E>
CLN_HOST_DEVICE inline void store_copies(const SourceView& view, const DropView& drop, const ImageGrid& grid,
                                         const Place& at, std::int64_t n, float value) {
  for (int k = 0; k < view.copies; ++k) {
    const float factor = at.channel < grid.channels ? factor_of(view, drop, grid, k, n, at) : 0.0f;
    store_saturated<E>(view.data, view.index(k, grid.pixel(at), at.channel), value * factor);
  }
}

// The sum of all copies, with their factors.
template <Element E>
CLN_HOST_DEVICE inline float load_copies(const SourceView& view, const DropView& drop, const ImageGrid& grid,
                                         const Place& at, std::int64_t n) {
  float sum = 0;
  for (int k = 0; k < view.copies; ++k)
    sum += factor_of(view, drop, grid, k, n, at) *
           load_element(view.data, view.index(k, grid.pixel(at), at.channel), E);
  return sum;
}

template <Element E>
struct PackKernel {
  PackFrames work;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const Place at = work.grid.place(i);
    const std::int64_t t = at.image / work.batch, n = at.image - t * work.batch;
    float value = 0;
    const bool is_active =
        work.active == nullptr || work.active[t * work.mask_step + n * work.mask_batch] != 0;
    if (at.channel < work.grid.channels && is_active) value = *work.from.at(t, n, at.channel, at.pixel);
    if (work.scale != nullptr) value *= work.scale[0];
    store_copies<E>(work.to, work.drop, work.grid, at, n, value);
  }
};

template <Element E>
struct UnpackKernel {
  UnpackFrames work;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const Place at = work.grid.place(i);
    if (at.channel >= work.grid.channels) return;
    const std::int64_t t = at.image / work.batch, n = at.image - t * work.batch;
    float value = load_copies<E>(work.from, work.drop, work.grid, at, n);
    if (work.scale != nullptr) value *= work.scale[1];
    if (work.bias != nullptr) value += work.bias[at.channel];
    *work.to.at(t, n, at.channel, at.pixel) = value;
  }
};

template <Element E>
struct LoadKernel {
  LoadState work;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const Place at = work.grid.place(i);
    const bool is_channel = at.channel < work.grid.channels;
    float value = 0;
    if (work.from != nullptr && is_channel)
      value = work.from[(at.image * work.grid.channels + at.channel) * work.grid.area + at.pixel];
    if (work.scale != nullptr) value *= work.scale[0];
    if (work.to != nullptr) work.to[i] = value;
    for (int s = 0; s < work.source_count; ++s)
      store_copies<E>(work.sources[s], work.drop, work.grid, at, at.image, value);
  }
};

template <Element E>
struct StoreKernel {
  StoreState work;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const Place at = work.grid.place(i);
    if (at.channel >= work.grid.channels) return;
    float value = work.from != nullptr ? work.from[i] : 0.0f;
    for (int s = 0; s < work.source_count; ++s)
      value += load_copies<E>(work.sources[s], work.drop, work.grid, at, at.image);
    if (work.scale != nullptr) value *= work.scale[1];
    work.to[(at.image * work.grid.channels + at.channel) * work.grid.area + at.pixel] = value;
  }
};

template <template <Element> typename Kernel, typename Work>
void launch_any(Stream& stream, Element element, std::int64_t images, const Work& work) {
  const std::int64_t count = work.grid.count(images);
  switch (element) {
    case Element::kFloat32:
      return launch(stream, count, Kernel<Element::kFloat32>{work});
    case Element::kBfloat16:
      return launch(stream, count, Kernel<Element::kBfloat16>{work});
    case Element::kFloat16:
      return launch(stream, count, Kernel<Element::kFloat16>{work});
  }
}

}  // namespace

void pack_frames(Stream& stream, const PackFrames& work, Element element, std::int64_t steps) {
  launch_any<PackKernel>(stream, element, steps * work.batch, work);
}
void unpack_frames(Stream& stream, const UnpackFrames& work, Element element, std::int64_t steps) {
  launch_any<UnpackKernel>(stream, element, steps * work.batch, work);
}
void load_state(Stream& stream, const LoadState& work, Element element, std::int64_t batch) {
  launch_any<LoadKernel>(stream, element, batch, work);
}
void store_state(Stream& stream, const StoreState& work, Element element, std::int64_t batch) {
  launch_any<StoreKernel>(stream, element, batch, work);
}

}  // namespace convlstm::cuda
