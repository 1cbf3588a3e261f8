#include "backend/cpu/plane_geometry.h"

#include <algorithm>
#include <cstring>

#include "core/checked.h"

namespace convlstm::cpu {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

void copy_row(float* to, const float* from, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

PlaneGeometry::PlaneGeometry(const InputShape& shape, std::initializer_list<Size3> kernels, int lanes)
    : size_(shape.size), batch_(shape.batch) {
  Size3 margin{0, 0};
  for (const Size3& kernel : kernels) {
    margin.h = std::max(margin.h, kernel.h / 2);
    margin.w = std::max(margin.w, kernel.w / 2);
  }
  const std::int64_t tight = size_.w + margin.w;
  const std::int64_t by_row = size_.h * (round_up(size_.w, lanes) / lanes);
  const std::int64_t running = round_up(size_.h * tight, lanes) / lanes;
  const bool rows = by_row <= running;
  pitch_ = rows ? std::max(round_up(size_.w, lanes), tight) : tight;
  body_ = round_up(size_.h * pitch_, lanes);
  origin_ = round_up(margin.h * pitch_ + margin.w, lanes);
  plane_ = round_up(origin_ + body_ + margin.h * pitch_ + margin.w, lanes);
  checked_product("size", {plane_, batch_});

  vectors_per_image_ = rows ? by_row : running;
  masks_.reserve(static_cast<std::size_t>(vectors_per_image_ * lanes));
  first_segment_ = {0};
  if (rows) {
    for (std::int64_t y = 0; y < size_.h; ++y)
      for (std::int64_t x = 0; x < size_.w; x += lanes) add_image_vector(y * pitch_ + x, lanes);
  } else {
    for (std::int64_t v = 0; v < running; ++v) add_image_vector(v * lanes, lanes);
  }
  const std::vector<VectorPlace> first_image = places_;
  for (std::int64_t n = 1; n < batch_; ++n)
    for (const VectorPlace& place : first_image)
      places_.push_back({place.plane + n * plane_, place.body + n * body_, place.mask});
}

void PlaneGeometry::add_image_vector(std::int64_t start, int lanes) {
  places_.push_back({start, start, masks_.data() + masks_.size()});
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    const std::int64_t y = (start + lane) / pitch_, x = (start + lane) % pitch_;
    const bool is_pixel = x < size_.w && y < size_.h;
    masks_.push_back(is_pixel ? -1 : 0);
    if (!is_pixel) continue;
    if (lane == 0 || x == 0 || first_segment_.back() == segments_.size())
      segments_.push_back({lane, 0, y * size_.w + x});
    ++segments_.back().count;
  }
  first_segment_.push_back(segments_.size());
}

std::vector<std::int64_t> PlaneGeometry::offsets(Size3 kernel, std::int64_t channels,
                                                 std::int64_t channel_stride, int sign) const {
  std::vector<std::int64_t> result;
  result.reserve(static_cast<std::size_t>(channels * kernel.area()));
  const std::int64_t top = (kernel.h - 1) / 2, left = (kernel.w - 1) / 2;
  for (std::int64_t channel = 0; channel < channels; ++channel)
    for (std::int64_t ky = 0; ky < kernel.h; ++ky)
      for (std::int64_t kx = 0; kx < kernel.w; ++kx)
        result.push_back(channel * channel_stride + sign * ((ky - top) * pitch_ + kx - left));
  return result;
}

void PlaneGeometry::clear_margins(float* set, std::int64_t k) const {
  float* plane = set + k * plane_;
  float* pixels = plane + origin_;
  std::fill(plane, pixels, 0.0f);
  for (std::int64_t y = 0; y + 1 < size_.h; ++y)
    std::fill(pixels + y * pitch_ + size_.w, pixels + (y + 1) * pitch_, 0.0f);
  std::fill(pixels + (size_.h - 1) * pitch_ + size_.w, plane + plane_, 0.0f);
}

void PlaneGeometry::pack_plane(const float* image, float* set, std::int64_t k,
                               std::int64_t pixel_stride) const {
  float* pixels = set + k * plane_ + origin_;
  for (std::int64_t y = 0; y < size_.h; ++y) {
    float* row = pixels + y * pitch_;
    if (image == nullptr) {
      std::fill_n(row, size_.w, 0.0f);
    } else if (pixel_stride == 1) {
      copy_row(row, image + y * size_.w, size_.w);
    } else {
      const float* from = image + y * size_.w * pixel_stride;
      for (std::int64_t x = 0; x < size_.w; ++x) row[x] = from[x * pixel_stride];
    }
  }
}

void PlaneGeometry::pack_body(const float* image, float* set, std::int64_t k) const {
  float* body = set + k * body_;
  std::fill_n(body, body_, 0.0f);
  if (image == nullptr) return;
  for (std::int64_t y = 0; y < size_.h; ++y) copy_row(body + y * pitch_, image + y * size_.w, size_.w);
}

void PlaneGeometry::unpack_plane(const float* set, std::int64_t k, float* image) const {
  const float* pixels = set + k * plane_ + origin_;
  for (std::int64_t y = 0; y < size_.h; ++y) copy_row(image + y * size_.w, pixels + y * pitch_, size_.w);
}

void PlaneGeometry::unpack_body(const float* set, std::int64_t k, float* image) const {
  const float* body = set + k * body_;
  for (std::int64_t y = 0; y < size_.h; ++y) copy_row(image + y * size_.w, body + y * pitch_, size_.w);
}

void PlaneGeometry::store_vector(const float* lanes, std::int64_t vector, float* image,
                                 std::int64_t pixel_stride) const {
  const std::size_t v = static_cast<std::size_t>(vector % vectors_per_image_);
  for (std::size_t s = first_segment_[v]; s < first_segment_[v + 1]; ++s) {
    const Segment& segment = segments_[s];
    if (pixel_stride == 1) {
      copy_row(image + segment.pixel, lanes + segment.lane, segment.count);
      continue;
    }
    for (std::int64_t k = 0; k < segment.count; ++k)
      image[(segment.pixel + k) * pixel_stride] = lanes[segment.lane + k];
  }
}

void PlaneGeometry::add_vector(const float* image, std::int64_t vector, float* lanes,
                               std::int64_t pixel_stride) const {
  const std::size_t v = static_cast<std::size_t>(vector % vectors_per_image_);
  for (std::size_t s = first_segment_[v]; s < first_segment_[v + 1]; ++s) {
    const Segment& segment = segments_[s];
    const float* pixels = image + segment.pixel * pixel_stride;
    for (std::int64_t k = 0; k < segment.count; ++k) lanes[segment.lane + k] += pixels[k * pixel_stride];
  }
}

}  // namespace convlstm::cpu
