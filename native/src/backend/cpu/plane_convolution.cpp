#include "backend/cpu/plane_convolution.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/product.h"
#include "backend/cpu/weight_gradient.h"
#include "cell/bfloat16.h"

namespace convlstm::cpu {
namespace {

void copy_row(const float* from, std::int64_t count, float* to) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}
void copy_row(const float* from, std::int64_t count, std::uint16_t* to) {
  std::transform(from, from + count, to, bfloat16::from_float);
}

// One body into the plane at `plane`.
template <typename Plane>
void pack_body(const PlaneGeometry& geometry, const float* body, const float* factors, Plane* plane) {
  const Size3& grid = geometry.grid();
  for (std::int64_t z = 0; z < grid.d; ++z)
    for (std::int64_t y = 0; y < grid.h; ++y) {
      const std::int64_t row = geometry.layout().at(z, y);
      Plane* to = plane + geometry.origin() + row;
      if (factors == nullptr) {
        copy_row(body + row, grid.w, to);
        continue;
      }
      const float* factor = factors + (z * grid.h + y) * grid.w;
      for (std::int64_t x = 0; x < grid.w; ++x) {
        const float value = body[row + x] * factor[x];
        copy_row(&value, 1, to + x);
      }
    }
}

}  // namespace

PlaneConvolution::PlaneConvolution(CpuDevice& device, const PlaneGeometry& geometry, const Axes& axes,
                                   std::int64_t channels, std::int64_t rows, std::size_t place,
                                   cln_storage storage)
    : device_(device),
      geometry_(geometry),
      source_(geometry, axes),
      channels_(channels),
      place_(place),
      storage_(storage),
      key_(std::string("plane ") + device.kernels.name + (is_half() ? " half " : " ") +
           std::to_string(place) + source_.key()),
      terms_(source_.offsets(channels)),
      columns_(source_.columns(channels)) {
  for (const PlaneSource::Phase& phase : source_.phases())
    transposed_terms_.push_back(source_.transposed_offsets(phase, rows));
}

std::size_t PlaneConvolution::source_bytes() const {
  return static_cast<std::size_t>(channels_ * source_.channel_stride()) * plane_number_bytes();
}

std::size_t PlaneConvolution::row_plane_bytes() const {
  return static_cast<std::size_t>(geometry_.plane_stride()) * plane_number_bytes();
}

std::size_t PlaneConvolution::workspace_bytes() const {
  return block_.bytes() + source_floats_.bytes() + row_floats_.bytes();
}

PackedLayout PlaneConvolution::layout_of(std::int64_t rows) const {
  const int height = device_.kernels.rows;
  return {(rows + height - 1) / height, static_cast<std::int64_t>(terms_.size()), height};
}

void PlaneConvolution::clear_source(void* source) const {
  std::fill_n(static_cast<std::byte*>(source), source_bytes(), std::byte{});
}

void PlaneConvolution::clear_rows(std::int64_t count, void* planes) const {
  std::fill_n(static_cast<std::byte*>(planes), static_cast<std::size_t>(count) * row_plane_bytes(),
              std::byte{});
}

template <typename Body>
void PlaneConvolution::for_parts(std::int64_t parts, std::int64_t each, const Body& body) const {
  if (parts * each >= kSmallWork / 8) return device_.pool.parallel_for(parts, body);
  for (std::int64_t part = 0; part < parts; ++part) body(part);
}

void PlaneConvolution::pack_image(const Frames<const float>& frames, std::int64_t t, std::int64_t n,
                                  const float* factors, void* source) {
  const std::int64_t area = source_.size().area();
  for_parts(channels_, area, [&](std::int64_t channel) {
    const float* image = frames.plane(t, n, channel, area);
    const float* factor = factors != nullptr ? factors + (n * channels_ + channel) * area : nullptr;
    if (is_half())
      source_.pack(image, frames.pixel_stride, factor, static_cast<std::uint16_t*>(source), channel, n);
    else
      source_.pack(image, frames.pixel_stride, factor, static_cast<float*>(source), channel, n);
  });
}

void PlaneConvolution::pack_bodies(const float* bodies, const float* factors, void* source) {
  const std::int64_t batch = geometry_.batch(), area = geometry_.grid().area();
  for_parts(channels_ * batch, area, [&](std::int64_t k) {
    const float* body = bodies + k * (geometry_.body_stride() / batch);
    const float* factor = factors != nullptr ? factors + (k % batch * channels_ + k / batch) * area : nullptr;
    if (is_half())
      pack_body(geometry_, body, factor, static_cast<std::uint16_t*>(source) + k * geometry_.plane());
    else
      pack_body(geometry_, body, factor, static_cast<float*>(source) + k * geometry_.plane());
  });
}

void PlaneConvolution::pack_rows(const float* bodies, std::int64_t count, void* planes) {
  const std::int64_t batch = geometry_.batch();
  for_parts(count * batch, geometry_.grid().area(), [&](std::int64_t k) {
    const float* body = bodies + k * (geometry_.body_stride() / batch);
    if (is_half())
      pack_body(geometry_, body, nullptr, static_cast<std::uint16_t*>(planes) + k * geometry_.plane());
    else
      pack_body(geometry_, body, nullptr, static_cast<float*>(planes) + k * geometry_.plane());
  });
}

std::string PlaneConvolution::key(char form, RowRange rows) const {
  return key_ + ' ' + form + ' ' + std::to_string(rows.first) + ' ' + std::to_string(rows.count);
}

std::shared_ptr<const PackedRows> PlaneConvolution::packed(const ParameterViews& parameters,
                                                           RowRange rows) const {
  return parameters.packed->get<PackedRows>(key('f', rows), parameters.version, [&] {
    const int height = device_.kernels.rows;
    auto form = std::make_shared<PackedRows>(cpu::pack_rows(
        device_.pool, (rows.count + height - 1) / height, height, {runs()}, [&](std::size_t, std::int64_t k) {
          return k < rows.count ? row(parameters, rows.first + k) : nullptr;
        }));
    if (is_half()) form->halve();
    return form;
  });
}

std::shared_ptr<const PlaneConvolution::Transposed> PlaneConvolution::transposed(
    const ParameterViews& parameters, RowRange rows) const {
  return parameters.packed->get<Transposed>(key('t', rows), parameters.version, [&] {
    const int height = device_.kernels.rows;
    const std::int64_t elements = source_.kernel_area(), row_size = channels_ * elements;
    auto form = std::make_shared<Transposed>();
    for (const PlaneSource::Phase& phase : source_.phases()) {
      form->push_back(cpu::pack_rows(
          device_.pool, (channels_ + height - 1) / height, height,
          {source_.transposed_runs(phase, rows.count, channels_)}, [&](std::size_t, std::int64_t channel) {
            return channel < channels_ ? parameters.data[place_] + rows.first * row_size + channel * elements
                                       : nullptr;
          }));
      if (is_half()) form->back().halve();
    }
    return form;
  });
}

void PlaneConvolution::unpack(const void* planes, std::int64_t count, float* floats) const {
  const auto* halves = static_cast<const std::uint16_t*>(planes);
  for_parts(count, geometry_.plane_stride(), [&](std::int64_t k) {
    const std::int64_t end = (k + 1) * geometry_.plane_stride();
    for (std::int64_t i = k * geometry_.plane_stride(); i < end; ++i)
      floats[i] = bfloat16::to_float(halves[i]);
  });
}

const float* PlaneConvolution::as_floats(const void* planes, std::int64_t count,
                                         AlignedBuffer& floats) const {
  if (!is_half()) return static_cast<const float*>(planes);
  if (floats.count() < count * geometry_.plane_stride())
    floats = AlignedBuffer(count * geometry_.plane_stride());
  unpack(planes, count, floats.data());
  return floats.data();
}

template <typename Finish>
void PlaneConvolution::run(const PlaneVectors& pixels, const PackedRows& weights, const float* planes,
                           const std::vector<std::int64_t>& offsets, std::int64_t channels,
                           const Finish& finish) {
  const std::int64_t block = weights.is_half() ? weights.block_size() * device_.pool.size() : 0;
  if (block_.count() < block) block_ = AlignedBuffer(block);
  const Terms terms{planes + geometry_.origin(), offsets.data(), weights.terms};
  run_product(device_, pixels, {{terms, {}}, &weights, channels, 0, block_.data()}, nothing_aside, finish);
}

void PlaneConvolution::store_sums(std::int64_t block, std::int64_t vector, int vectors, const float* sums,
                                  std::int64_t count, float* bodies, bool adds) const {
  const std::int64_t row = block * device_.kernels.rows, stride = geometry_.body_stride();
  device_.kernels.store_sums({sums, geometry_.places() + vector, vectors,
                              static_cast<int>(std::min<std::int64_t>(device_.kernels.rows, count - row)),
                              bodies + row * stride, stride, adds});
}

void PlaneConvolution::forward(const ParameterViews& parameters, RowRange rows, const void* source,
                               float* out, bool adds) {
  const auto weights = packed(parameters, rows);
  run(geometry_.pixels(), *weights, as_floats(source, source_planes(), source_floats_), terms_,
      source_planes(), [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
        store_sums(block, vector, vectors, sums, rows.count, out, adds);
      });
}

void PlaneConvolution::backward_bodies(const ParameterViews& parameters, RowRange rows, const void* dpre,
                                       float* dbodies, bool adds) {
  const auto weights = transposed(parameters, rows);
  run(geometry_.pixels(), weights->front(), as_floats(dpre, rows.count, row_floats_),
      transposed_terms_.front(), rows.count,
      [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
        store_sums(block, vector, vectors, sums, channels_, dbodies, adds);
      });
}

void PlaneConvolution::backward_images(const ParameterViews& parameters, RowRange rows, const void* dpre,
                                       const float* factors, const Frames<float>& dx, std::int64_t t,
                                       bool adds) {
  const Kernels& kernels = device_.kernels;
  const std::int64_t area = source_.size().area();
  if (!adds && !source_.sees_all())
    for (std::int64_t n = 0; n < geometry_.batch(); ++n) std::fill_n(dx.image(t, n), channels_ * area, 0.0f);
  const auto weights = transposed(parameters, rows);
  const float* planes = as_floats(dpre, rows.count, row_floats_);
  for (std::size_t p = 0; p < weights->size(); ++p) {
    const auto store = [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
      const std::int64_t first = block * kernels.rows;
      for (std::int64_t k = 0; k < std::min<std::int64_t>(kernels.rows, channels_ - first); ++k)
        for (int v = 0; v < vectors; ++v) {
          const std::int64_t n = source_.pixels().image_of(vector + v), channel = first + k;
          const PixelSink sink{dx.plane(t, n, channel, area), dx.pixel_stride,
                               factors != nullptr ? factors + (n * channels_ + channel) * area : nullptr,
                               adds};
          source_.store(sums + (k * kernels.max_vectors + v) * kernels.lanes, vector + v, source_.phases()[p],
                        sink);
        }
    };
    run(source_.pixels(), (*weights)[p], planes, transposed_terms_[p], rows.count, store);
  }
}

void PlaneConvolution::backward_kernel(RowRange rows, const void* dpre, std::size_t dpre_step,
                                       const void* source, std::size_t source_step, std::int64_t steps,
                                       float* gradient) {
  const std::int64_t origin = geometry_.origin(), stride = geometry_.plane_stride();
  const std::int64_t row_size = channels_ * source_.kernel_area();
  float* to = gradient + rows.first * row_size;
  if (!is_half()) {
    const auto step = [](std::size_t bytes) { return static_cast<std::int64_t>(bytes / sizeof(float)); };
    add_weight_gradient(device_, geometry_,
                        {static_cast<const float*>(dpre) + origin,
                         stride,
                         step(dpre_step),
                         rows.count,
                         steps,
                         {{static_cast<const float*>(source) + origin, step(source_step), &terms_, to,
                           row_size, &columns_}}});
    return;
  }
  // Windows of steps, so that the unpacked planes stay few.
  const std::int64_t window = std::min(steps, gradient_window(geometry_));
  const std::int64_t row_step = rows.count * stride, x_step = source_planes() * stride;
  if (row_floats_.count() < window * row_step) row_floats_ = AlignedBuffer(window * row_step);
  if (source_floats_.count() < window * x_step) source_floats_ = AlignedBuffer(window * x_step);
  for (std::int64_t first = 0; first < steps; first += window) {
    const std::int64_t count = std::min(window, steps - first);
    for (std::int64_t s = 0; s < count; ++s) {
      const auto t = static_cast<std::size_t>(first + s);
      unpack(static_cast<const char*>(dpre) + t * dpre_step, rows.count, row_floats_.data() + s * row_step);
      unpack(static_cast<const char*>(source) + t * source_step, source_planes(),
             source_floats_.data() + s * x_step);
    }
    add_weight_gradient(device_, geometry_,
                        {row_floats_.data() + origin,
                         stride,
                         row_step,
                         rows.count,
                         count,
                         {{source_floats_.data() + origin, x_step, &terms_, to, row_size, &columns_}}});
  }
}

}  // namespace convlstm::cpu
