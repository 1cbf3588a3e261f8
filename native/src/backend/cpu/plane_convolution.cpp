#include "backend/cpu/plane_convolution.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/product.h"
#include "backend/cpu/weight_gradient.h"
#include "cell/bfloat16.h"

namespace convlstm::cpu {
namespace {

std::int64_t count_of(const std::vector<std::int64_t>& list) {
  return static_cast<std::int64_t>(list.size());
}

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
      axes_(axes),
      channels_(channels),
      rows_(rows),
      place_(place),
      storage_(storage),
      terms_(source_.offsets(channels)) {
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
  return scratch_.bytes();
}

void PlaneConvolution::clear_source(void* source) const {
  std::memset(source, 0, source_bytes());
}

void PlaneConvolution::clear_rows(std::int64_t count, void* planes) const {
  std::memset(planes, 0, static_cast<std::size_t>(count) * row_plane_bytes());
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

// Which elements see which phase depends on the padding before, and that may depend on the input's size.
std::string PlaneConvolution::key(const char* form, RowRange rows) const {
  std::string text = std::string("plane ") + form + ' ' + device_.kernels.name + (is_half() ? " half" : "");
  for (const std::int64_t number :
       {static_cast<std::int64_t>(place_), rows.first, rows.count, axes_.d.before % axes_.d.stride,
        axes_.h.before % axes_.h.stride, axes_.w.before % axes_.w.stride})
    text += ' ' + std::to_string(number);
  return text;
}

std::shared_ptr<const PackedRows> PlaneConvolution::packed(const ParameterViews& parameters,
                                                           RowRange rows) const {
  return parameters.packed->get<PackedRows>(key("forward", rows), parameters.version, [&] {
    const int height = device_.kernels.rows;
    const std::int64_t row_size = channels_ * source_.elements();
    auto form = std::make_shared<PackedRows>(cpu::pack_rows(
        device_.pool, (rows.count + height - 1) / height, height, {{1, 0, row_size}},
        [&](std::size_t, std::int64_t row) {
          return row < rows.count ? parameters.data[place_] + (rows.first + row) * row_size : nullptr;
        }));
    if (is_half()) form->halve();
    return form;
  });
}

std::shared_ptr<const PlaneConvolution::Transposed> PlaneConvolution::transposed(
    const ParameterViews& parameters, RowRange rows) const {
  return parameters.packed->get<Transposed>(key("transposed", rows), parameters.version, [&] {
    const int height = device_.kernels.rows;
    const std::int64_t elements = source_.elements(), row_size = channels_ * elements;
    auto form = std::make_shared<Transposed>();
    for (const PlaneSource::Phase& phase : source_.phases()) {
      form->push_back(cpu::pack_rows(
          device_.pool, (channels_ + height - 1) / height, height,
          {{rows.count, row_size, count_of(phase.elements), phase.elements.data()}},
          [&](std::size_t, std::int64_t channel) {
            return channel < channels_ ? parameters.data[place_] + rows.first * row_size + channel * elements
                                       : nullptr;
          }));
      if (is_half()) form->back().halve();
    }
    return form;
  });
}

float* PlaneConvolution::scratch(const PackedRows& weights) {
  const std::int64_t count = weights.is_half() ? weights.block_size() * device_.pool.size() : 0;
  if (scratch_.count() < count) scratch_ = AlignedBuffer(count);
  return scratch_.data();
}

template <typename Finish>
void PlaneConvolution::run(const PlaneVectors& pixels, const PackedRows& weights, const void* planes,
                           const std::vector<std::int64_t>& offsets, std::int64_t channels,
                           const Finish& finish) {
  const auto run_on = [&](const auto* numbers) {
    using Plane = std::remove_cv_t<std::remove_pointer_t<decltype(numbers)>>;
    const TermsOf<Plane> terms{numbers + geometry_.origin(), offsets.data(), weights.terms};
    run_product<Plane>(device_, pixels, {{terms, {}}, &weights, channels, 0, scratch(weights)}, nothing_aside,
                       finish);
  };
  if (is_half())
    run_on(static_cast<const std::uint16_t*>(planes));
  else
    run_on(static_cast<const float*>(planes));
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
  const auto planes = channels_ * static_cast<std::int64_t>(source_.phases().size());
  run(geometry_.pixels(), *weights, source, terms_, planes,
      [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
        store_sums(block, vector, vectors, sums, rows.count, out, adds);
      });
}

void PlaneConvolution::backward_bodies(const ParameterViews& parameters, RowRange rows, const void* dpre,
                                       float* dbodies, bool adds) {
  const auto weights = transposed(parameters, rows);
  run(geometry_.pixels(), weights->front(), dpre, transposed_terms_.front(), rows.count,
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
    run(source_.pixels(), (*weights)[p], dpre, transposed_terms_[p], rows.count, store);
  }
}

template <typename Plane>
void PlaneConvolution::add_kernel_gradient(RowRange rows, const void* dpre, std::size_t dpre_step,
                                           const void* source, std::size_t source_step, std::int64_t steps,
                                           float* gradient) {
  const auto numbers = [](std::size_t bytes) { return static_cast<std::int64_t>(bytes / sizeof(Plane)); };
  const std::int64_t origin = geometry_.origin();
  const GradientTask<Plane> task{static_cast<const Plane*>(dpre) + origin,
                                 numbers(dpre_step),
                                 rows.count,
                                 steps,
                                 {{static_cast<const Plane*>(source) + origin, numbers(source_step), &terms_,
                                   gradient + rows.first * count_of(terms_)}}};
  add_weight_gradient(device_, geometry_, task);
}

void PlaneConvolution::backward_kernel(RowRange rows, const void* dpre, std::size_t dpre_step,
                                       const void* source, std::size_t source_step, std::int64_t steps,
                                       float* gradient) {
  if (is_half())
    add_kernel_gradient<std::uint16_t>(rows, dpre, dpre_step, source, source_step, steps, gradient);
  else
    add_kernel_gradient<float>(rows, dpre, dpre_step, source, source_step, steps, gradient);
}

}  // namespace convlstm::cpu
