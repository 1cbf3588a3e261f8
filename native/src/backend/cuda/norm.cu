#include "backend/cuda/norm.h"

#include <cmath>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

// Element `i` of a group, which lies row by row in every pixel.
struct GroupPlace {
  Place at;
  int gate;
};

CLN_HOST_DEVICE inline GroupPlace group_place(const NormView& norm, const ImageGrid& grid, std::int64_t group,
                                              std::int64_t i) {
  const std::int64_t pixel = i / norm.group_rows;
  const auto row =
      static_cast<std::int32_t>(group % norm.groups * norm.group_rows + (i - pixel * norm.group_rows));
  const std::int32_t gate = row / grid.channels;
  return {{group / norm.groups, static_cast<std::int32_t>(pixel), row - gate * grid.channels}, gate};
}

// One pass: the sums are of what the values are more than the first one of the group, so that little cancels.
struct MomentSums {
  RowsView raw;
  NormView norm;
  ImageGrid grid;

  CLN_HOST_DEVICE float value(std::int64_t group, std::int64_t i) const {
    const GroupPlace place = group_place(norm, grid, group, i);
    return raw.load(grid.pixel(place.at), place.gate, place.at.channel);
  }
  CLN_HOST_DEVICE Sums<2> operator()(std::int64_t group, std::int64_t i) const {
    const float v = value(group, i) - value(group, 0);
    return {{v, v * v}};
  }
};

struct KeepMoments {
  MomentSums of;
  float epsilon;

  CLN_HOST_DEVICE void operator()(std::int64_t group, const double* sums) const {
    const double count = static_cast<double>(of.norm.group_rows) * of.grid.area, mean = sums[0] / count;
    const double variance = sums[1] / count - mean * mean;
    const double whole = static_cast<double>(of.value(group, 0)) + mean;
    Moments& m = of.norm.moments[group];
    m.mean = static_cast<float>(whole);
    m.mean_rest = static_cast<float>(whole - static_cast<double>(m.mean));
    m.inverse_std =
        static_cast<float>(1 / sqrt((variance > 0 ? variance : 0.0) + static_cast<double>(epsilon)));
    m.unused = 0;
  }
};

struct GradientSums {
  NormGradient work;

  CLN_HOST_DEVICE Sums<2> operator()(std::int64_t group, std::int64_t i) const {
    const GroupPlace place = group_place(work.norm, work.grid, group, i);
    const std::int64_t pixel = work.grid.pixel(place.at);
    const float d = work.d.load(pixel, work.gates.slots[place.gate], place.at.channel) *
                    work.norm.scale[work.norm.parameter(place.gate, work.grid, place.at)];
    const float raw = work.raw.load(pixel, place.gate, place.at.channel);
    return {{d, d * NormView::normalized(raw, work.norm.moments[group])}};
  }
};

struct KeepMeans {
  GradientMeans* means;
  double count;
  CLN_HOST_DEVICE void operator()(std::int64_t group, const double* sums) const {
    means[group] = {static_cast<float>(sums[0] / count), static_cast<float>(sums[1] / count)};
  }
};

// Thread: image, pixel, gate, channel.
template <Element E>
struct NormGradientKernel {
  NormGradient work;
  RowsTargets targets;
  ImageGrid rows;  // of gates * padded channels

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    Place at = rows.place(i);
    const ImageGrid& grid = work.grid;
    const std::int32_t gate = at.channel / grid.padded;
    at.channel -= gate * grid.padded;
    const std::int64_t pixel = grid.pixel(at);
    float result = 0;
    if (at.channel < grid.channels) {
      const Moments& m = work.norm.of(at.image, gate, grid, at.channel);
      const GradientMeans& means = work.means[&m - work.norm.moments];
      const float d = work.d.load(pixel, work.gates.slots[gate], at.channel) *
                      work.norm.scale[work.norm.parameter(gate, grid, at)];
      const float x = NormView::normalized(work.raw.load(pixel, gate, at.channel), m);
      result = m.inverse_std * (d - means.d - x * means.d_x);
    }
    for (int k = 0; k < targets.count[gate]; ++k) {
      const SourceView& to = targets.to[gate][k];
      store_saturated<E>(to.data, to.index(0, pixel, at.channel), result);
    }
  }
};

}  // namespace

void take_moments(Stream& stream, const RowsView& raw, const NormView& norm, const ImageGrid& grid,
                  std::int64_t images, float epsilon) {
  const MomentSums sums{raw, norm, grid};
  launch_sums(stream, images * norm.groups, static_cast<std::int64_t>(norm.group_rows) * grid.area, sums,
              KeepMoments{sums, epsilon});
}

void run_norm_gradient(Stream& stream, const NormGradient& work, const RowsTargets& targets, Element element,
                       std::int64_t images) {
  const std::int64_t together = static_cast<std::int64_t>(work.norm.group_rows) * work.grid.area;
  launch_sums(stream, images * work.norm.groups, together, GradientSums{work},
              KeepMeans{work.means, static_cast<double>(together)});
  const std::int32_t columns = work.gates.count * work.grid.padded;
  const ImageGrid rows{work.grid.area, columns, columns};
  const std::int64_t count = rows.count(images);
  if (element == Element::kFloat32)
    launch(stream, count, NormGradientKernel<Element::kFloat32>{work, targets, rows});
  else if (element == Element::kBfloat16)
    launch(stream, count, NormGradientKernel<Element::kBfloat16>{work, targets, rows});
  else
    launch(stream, count, NormGradientKernel<Element::kFloat16>{work, targets, rows});
}

}  // namespace convlstm::cuda
