#include "backend/cpu/plane_vectors.h"

#include <algorithm>
#include <cstring>

namespace convlstm::cpu {
namespace {

constexpr std::int64_t kWholeCacheLine = 16;  // floats

}  // namespace

std::int64_t PlaneVectors::count_by_rows(const Size3& size, int lanes) {
  return size.d * size.h * ((size.w + lanes - 1) / lanes);
}

std::int64_t PlaneVectors::count_running(const Size3& size, const PixelLayout& layout, int lanes) {
  return size.d * (((size.h - 1) * layout.pitch + size.w + lanes - 1) / lanes);
}

PlaneVectors::PlaneVectors(const Size3& size, const PixelLayout& layout, bool by_rows, int lanes)
    : lanes_(lanes) {
  const std::int64_t most = by_rows ? count_by_rows(size, lanes) : count_running(size, layout, lanes);
  masks_.reserve(static_cast<std::size_t>((most + size.d) * lanes));  // a slice may begin amid a vector
  std::int64_t next = 0;
  for (std::int64_t z = 0; z < size.d; ++z)
    for (std::int64_t y = 0; y < size.h; ++y) {
      const std::int64_t row = layout.at(z, y);
      if (by_rows) {
        for (std::int64_t x = 0; x < size.w; x += lanes)
          add_vector(size, layout, row + x, std::min<std::int64_t>(lanes, size.w - x), lanes);
      } else {  // those at multiples of `lanes` that hold a pixel, each once
        const std::int64_t last = (row + size.w - 1) / lanes;
        for (next = std::max(next, row / lanes); next <= last; ++next)
          add_vector(size, layout, next * lanes, lanes, lanes);
      }
    }
  per_image_ = count();
  images_.assign(places_.size(), 0);
}

// Lanes from `used` on are no pixels, whatever lies there.
void PlaneVectors::add_vector(const Size3& size, const PixelLayout& layout, std::int64_t start,
                              std::int64_t used, int lanes) {
  places_.push_back({start, start, masks_.data() + masks_.size()});
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    const std::int64_t position = start + lane, z = size.d == 1 ? 0 : position / layout.slice;
    const std::int64_t y = (position - z * layout.slice) / layout.pitch;
    const std::int64_t x = position - layout.at(z, y);
    const bool is_pixel = lane < used && x < size.w && y < size.h && z < size.d;
    masks_.push_back(is_pixel ? -1 : 0);
    if (!is_pixel) continue;
    if (lane == 0 || x == 0 || first_segment_.back() == segments_.size())
      segments_.push_back({lane, 0, z, y, x, (z * size.h + y) * size.w + x});
    ++segments_.back().count;
  }
  const Segment* first = segments_.data() + first_segment_.back();
  first_segment_.push_back(segments_.size());
  dense_places_.push_back(first->count == lanes ? first->pixel : -1);
}

void PlaneVectors::repeat(std::int64_t batch, std::int64_t plane, std::int64_t body) {
  const std::vector<VectorPlace> first_image = places_;
  places_.reserve(first_image.size() * static_cast<std::size_t>(batch));
  for (std::int64_t n = 1; n < batch; ++n)
    for (const VectorPlace& place : first_image) {
      places_.push_back({place.plane + n * plane, place.body + n * body, place.mask});
      images_.push_back(static_cast<std::int32_t>(n));
    }
}

bool PlaneVectors::are_dense() const {
  return std::find(dense_places_.begin(), dense_places_.end(), -1) == dense_places_.end();
}

std::int64_t PlaneVectors::end() const {
  return per_image_ == 0 ? 0 : places_[static_cast<std::size_t>(per_image_) - 1].body + lanes_;
}

void PlaneVectors::store(const float* lanes, std::int64_t vector, float* image,
                         std::int64_t pixel_stride) const {
  for_segments(vector, [&](const Segment& s) {
    if (pixel_stride == 1 && s.count == kWholeCacheLine) {  // no call
      std::memcpy(image + s.pixel, lanes, kWholeCacheLine * sizeof(float));
      return;
    }
    if (pixel_stride == 1) {
      std::memcpy(image + s.pixel, lanes + s.lane, static_cast<std::size_t>(s.count) * sizeof(float));
      return;
    }
    for (std::int64_t k = 0; k < s.count; ++k) image[(s.pixel + k) * pixel_stride] = lanes[s.lane + k];
  });
}

void PlaneVectors::add(const float* image, std::int64_t vector, float* lanes,
                       std::int64_t pixel_stride) const {
  for_segments(vector, [&](const Segment& s) {
    const float* pixels = image + s.pixel * pixel_stride;
    for (std::int64_t k = 0; k < s.count; ++k) lanes[s.lane + k] += pixels[k * pixel_stride];
  });
}

}  // namespace convlstm::cpu
