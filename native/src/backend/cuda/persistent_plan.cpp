#include "backend/cuda/persistent_plan.h"

#include <algorithm>
#include <limits>

namespace convlstm::cuda {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMostShared = 227 << 10;  // of a block, on any device
std::int32_t whole(std::int64_t count, std::int64_t size) {
  return static_cast<std::int32_t>((count + size - 1) / size);
}

// Zeros behind the pixels of an axis.
std::int64_t zeros_of(const Axis& axis) {
  const std::int64_t last_place = axis.stride * (axis.output - 1);
  const std::int64_t last_read = last_place + axis.dilation * (axis.kernel - 1) - axis.before;
  return std::max(
      {std::int64_t{0}, axis.before, last_read - (axis.input - 1), last_place - (axis.input - 1)});
}

struct Lines {
  std::int64_t height, width;  // of an image with its zeros
  std::int64_t at(std::int64_t d, std::int64_t h, std::int64_t w) const {
    return (d * height + h) * width + w;
  }
};

// False where pixels of all images and their zeros are 2^31 or more.
bool fill_halo(Halo& halo, const FusedPart& part, const Axes& axes, std::int64_t batch, std::int64_t padded) {
  const auto size = [&](const Axis& axis) { return axis.input + zeros_of(axis); };
  const Lines lines{size(axes.h), size(axes.w)};
  // Distances and places of strides go beyond the last image by less than one more.
  const double pixels = static_cast<double>(batch + 2) * static_cast<double>(size(axes.d)) *
                        static_cast<double>(lines.height) * static_cast<double>(lines.width);
  if (pixels > static_cast<double>(kMost)) return false;
  const auto narrow = [](std::int64_t d, std::int64_t h, std::int64_t w) {
    return Position{static_cast<std::int32_t>(d), static_cast<std::int32_t>(h), static_cast<std::int32_t>(w)};
  };
  halo.source.size = narrow(axes.d.input, axes.h.input, axes.w.input);
  halo.source.stride = narrow(axes.d.stride, axes.h.stride, axes.w.stride);
  halo.source.padded = static_cast<std::int32_t>(padded);
  halo.size = narrow(size(axes.d), lines.height, lines.width);
  halo.split = PixelSplit(halo.size);
  halo.least = static_cast<std::int32_t>(-lines.at(axes.d.before, axes.h.before, axes.w.before));
  const auto reach = [](const Axis& axis) { return axis.dilation * (axis.kernel - 1); };
  halo.extent = static_cast<std::int32_t>(lines.at(reach(axes.d), reach(axes.h), reach(axes.w)) + 1);
  halo.pitch = part.vectors;
  return true;
}

// Vectors of the depth that a part of it has: the first ones have all that they can.
std::int32_t vectors_of_part(const FusedPart& part, std::int32_t parts) {
  return whole(std::int64_t{part.taps} * part.vectors, parts);
}

// Which vectors of a pixel each part of the depth reads.
void split_halo(Halo& halo, const FusedPart& part, std::int32_t parts) {
  const std::int32_t all = part.taps * part.vectors, of_part = vectors_of_part(part, parts);
  for (std::int32_t k = 0; k < parts; ++k) {
    const std::int32_t begin = k * of_part, end = std::min(begin + of_part, all);
    if (begin >= end) continue;
    const std::int32_t first = parts == 1 ? 0 : begin / part.taps,
                       last = parts == 1 ? part.vectors - 1 : (end - 1) / part.taps;
    halo.parts[k] = {first, last - first + 1};
    halo.vectors = std::max(halo.vectors, last - first + 1);
  }
  halo.row = (halo.vectors | 1) * kVectorBytes;
  halo.lanes = 1;
  while (halo.lanes < 8 && halo.lanes < halo.vectors) halo.lanes *= 2;
}

// How many pixels lie before a place among those with zeros.
std::int64_t pixels_before(const Halo& halo, std::int64_t at, std::int64_t batch) {
  if (at <= 0) return 0;
  const auto [image, place] = halo.split.place(static_cast<std::int32_t>(at));
  const Position& size = halo.source.size;
  const std::int64_t planes = std::int64_t{image} * size.d + place.d,
                     of_plane = std::int64_t{size.h} * size.w;
  if (image >= batch) return batch * size.d * of_plane;
  if (place.d >= size.d) return (std::int64_t{image} + 1) * size.d * of_plane;
  if (place.h >= size.h) return (planes + 1) * of_plane;
  return planes * of_plane + std::int64_t{place.h} * size.w + std::min(place.w, size.w);
}

}  // namespace

PersistentPlan::PersistentPlan(const FusedPlan& plan, Element element, std::int64_t batch,
                               PersistentTile chosen)
    : step(plan), tile(chosen), size(size_of(chosen)), parts(parts_of(chosen)) {
  step.columns = whole(whole(plan.hidden, kGroupChannels) * kGroupColumns, size.columns) * size.columns;
  if (!lay_out(batch, element)) places = {};
}

bool PersistentPlan::lay_out(std::int64_t batch, Element element) {
  const auto channels = static_cast<std::int64_t>(kVectorBytes / bytes_of(element));
  if (step.x.stages > 0 && !fill_halo(x, step.x, step.x_axes, batch, step.x.vectors * channels)) return false;
  if (!fill_halo(h, step.h, step.h_axes, batch, step.h.vectors * channels)) return false;
  split_halo(x, step.x, parts);
  split_halo(h, step.h, parts);
  x_stages = whole(vectors_of_part(step.x, parts), kStageVectors);
  h_stages = whole(vectors_of_part(step.h, parts), kStageVectors);
  const std::int64_t pixels = batch * step.h_axes.output().area();
  patches = whole(pixels, size.pixels);
  groups = step.columns / size.columns;

  // A block's columns alone decide most cases.
  const std::int64_t columns_bytes = std::int64_t{stages()} * kStageVectors * kVectorBytes * size.columns;
  if (columns_bytes > kMostShared || blocks() > (std::int64_t{1} << 14)) return false;

  const PixelSplit states(h.source.size);
  std::int64_t x_rows = 0, h_rows = 0;
  for (std::int32_t patch = 0; patch < patches; ++patch) {
    const std::int32_t first = patch * size.pixels;
    const auto past = static_cast<std::int32_t>(std::min<std::int64_t>(first + size.pixels, pixels));
    const auto begin_of = [&](const Halo& halo) { return halo.place(states, first) + halo.least; };
    const auto end_of = [&](const Halo& halo) {
      return halo.place(states, past - 1) + halo.least + halo.extent;
    };
    if (step.x.stages > 0) x_rows = std::max<std::int64_t>(x_rows, end_of(x) - begin_of(x));
    h_rows = std::max<std::int64_t>(h_rows, end_of(h) - begin_of(h));
    if (h_rows * h.row + x_rows * x.row + columns_bytes > kMostShared) return false;
    const std::int64_t nearest = pixels_before(h, begin_of(h), batch) / size.pixels,
                       furthest = (pixels_before(h, end_of(h), batch) - 1) / size.pixels;
    reach = static_cast<std::int32_t>(std::max({std::int64_t{reach}, patch - nearest, furthest - patch}));
  }
  x.rows = static_cast<std::int32_t>(x_rows);
  h.rows = static_cast<std::int32_t>(h_rows);
  place_all(static_cast<std::int32_t>(columns_bytes));

  for (std::int32_t part = 0; part < parts; ++part) add_part(part);
  return places.bytes <= kMostShared;
}

// Vectors of the whole depth are in the order of a kernel a step, so that sums are too. Parts of it are cut
// along the channels, and within a vector of channels along the kernel's elements: a block reads few
// channels.
void PersistentPlan::add_part(std::int32_t part) {
  const auto add = [&](const FusedPart& all, const Axes& axes, const Halo& halo, std::int32_t stages) {
    const Lines lines{halo.size.h, halo.size.w};
    const std::int32_t of_part = vectors_of_part(all, parts);
    for (std::int32_t k = 0; k < stages * kStageVectors; ++k) {
      const std::int32_t number = part * of_part + k;
      const bool is_there = k < of_part && number < all.taps * all.vectors;
      const std::int32_t tap = parts == 1 ? number / all.vectors : number % all.taps,
                         vector = parts == 1 ? number % all.vectors : number / all.taps;
      const Position offset = tap_offset(axes, tap);
      const std::int64_t pixel = lines.at(offset.d, offset.h, offset.w) - halo.least;
      const std::int64_t bytes = pixel * halo.row + (vector - halo.parts[part].first) * kVectorBytes;
      distances_.push_back(is_there ? static_cast<std::int32_t>(bytes) : -1);
      sources_.push_back(is_there ? all.first_stage * kStageVectors + tap * all.vectors + vector : -1);
    }
  };
  add(step.x, step.x_axes, x, x_stages);
  add(step.h, step.h_axes, h, h_stages);
}

std::int32_t PersistentPlan::sum_bytes() const {
  return size.pixels * size.columns * static_cast<std::int32_t>(sizeof(float)) / parts * (parts - 1);
}

void PersistentPlan::place_all(std::int32_t columns_bytes) {
  const auto take = [this](std::int32_t bytes) {
    const std::int32_t place = places.bytes;
    places.bytes += whole(bytes, kVectorBytes) * kVectorBytes;
    return place;
  };
  constexpr auto kInt = static_cast<std::int32_t>(sizeof(std::int32_t));
  places.columns = take(columns_bytes);
  for (Halo* halo : {&x, &h}) {
    halo->at.pixels = take(std::max(halo->rows * halo->row, halo == &h ? sum_bytes() : 0));
    halo->at.numbers = take(halo->rows * kInt);
    halo->at.own = take(size.pixels * kInt);
  }
  places.sums = h.at.pixels;
  places.zeros = take(kVectorBytes);
  places.distances = take(stages() * kStageVectors * kInt);
}

}  // namespace convlstm::cuda
