#include "backend/cpu/plane_geometry.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/plane_source.h"
#include "core/checked.h"

namespace convlstm::cpu {
namespace {

std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

void copy_row(float* to, const float* from, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

// The shifts that the elements of one dimension reach.
struct Reach {
  std::int64_t first = 0, last = 0;
};

Reach reach_of(const Axis& axis) {
  Reach reach;
  for (const Contact& contact : contacts_of(axis)) {
    reach.first = std::min(reach.first, contact.shift);
    reach.last = std::max(reach.last, contact.shift);
  }
  return reach;
}

// Places from one row (slice) to the next so that no kernel element, nor one of the transpose, sees data of
// another.
std::int64_t room_of(const Axis& axis) {
  const std::int64_t data = phase_size(axis);
  const Reach reach = reach_of(axis);
  return std::max(data - reach.first, axis.output + reach.last);
}

}  // namespace

PlaneGeometry::PlaneGeometry(std::int64_t batch, const Size3& grid, const std::vector<Axes>& convolutions,
                             int lanes)
    : grid_(grid), batch_(batch) {
  std::int64_t rows = grid.h, tight = grid.w, slices = grid.d;
  for (const Axes& axes : convolutions) {
    tight = std::max(tight, room_of(axes.w));
    rows = std::max(rows, room_of(axes.h));
    slices = std::max(slices, room_of(axes.d));
  }
  checked_product("size", {slices, rows, round_up(tight, lanes), batch});
  layout_ = {tight, rows * tight};
  const bool by_rows =
      PlaneVectors::count_by_rows(grid, lanes) <= PlaneVectors::count_running(grid, layout_, lanes);
  const std::int64_t pitch = by_rows ? std::max(round_up(grid.w, lanes), tight) : tight;
  layout_ = {pitch, rows * pitch};
  body_ = round_up(layout_.at(grid.d - 1, grid.h), lanes);

  const auto pixels = cut(grid, lanes, by_rows);
  std::vector<std::shared_ptr<PlaneVectors>> all{pixels};
  std::int64_t end = body_, reach = 0;
  pixels_ = pixels;
  for (const Axes& axes : convolutions) {
    const Reach d = reach_of(axes.d), h = reach_of(axes.h), w = reach_of(axes.w);
    reach = std::max({reach, layout_.at(d.last, h.last, w.last), -layout_.at(d.first, h.first, w.first)});
    const Size3 data = phase_size(axes);
    const auto is_known = [&](const SourceGrid& known) { return known.data == data; };
    if (data == grid || std::any_of(sources_.begin(), sources_.end(), is_known)) continue;
    all.push_back(
        cut(data, lanes,
            PlaneVectors::count_by_rows(data, lanes) <= PlaneVectors::count_running(data, layout_, lanes)));
    sources_.push_back({data, all.back()});
    end = std::max(end, all.back()->end());
  }
  origin_ = round_up(reach, lanes);
  plane_ = round_up(origin_ + end + reach, lanes);
  checked_product("size", {plane_, batch_});
  for (const auto& vectors : all) vectors->repeat(batch, plane_, body_);
}

std::shared_ptr<PlaneVectors> PlaneGeometry::cut(const Size3& size, int lanes, bool by_rows) const {
  return std::make_shared<PlaneVectors>(size, layout_, by_rows, lanes);
}

const PlaneVectors& PlaneGeometry::pixels_of(const Size3& data) const {
  for (const SourceGrid& known : sources_)
    if (known.data == data) return *known.pixels;
  return *pixels_;
}

// Calls body(place of the row, its first pixel in the dense image).
template <typename Body>
void PlaneGeometry::for_rows(const Body& body) const {
  for (std::int64_t z = 0; z < grid_.d; ++z)
    for (std::int64_t y = 0; y < grid_.h; ++y) body(layout_.at(z, y), (z * grid_.h + y) * grid_.w);
}

void PlaneGeometry::clear_around(float* plane, const Size3& data) const {
  std::int64_t done = 0;  // up to here everything is data or zero
  for (std::int64_t z = 0; data.w > 0 && z < data.d; ++z)
    for (std::int64_t y = 0; y < data.h; ++y) {
      const std::int64_t row = origin_ + layout_.at(z, y);
      std::fill(plane + done, plane + row, 0.0f);
      done = row + data.w;
    }
  std::fill(plane + done, plane + plane_, 0.0f);
}

void PlaneGeometry::pack_plane(const float* image, float* set, std::int64_t k) const {
  float* pixels = set + k * plane_ + origin_;
  for_rows([&](std::int64_t row, std::int64_t pixel) {
    if (image != nullptr)
      copy_row(pixels + row, image + pixel, grid_.w);
    else
      std::fill_n(pixels + row, grid_.w, 0.0f);
  });
}

void PlaneGeometry::pack_body(const float* image, float* set, std::int64_t k) const {
  float* body = set + k * body_;
  std::fill_n(body, body_, 0.0f);
  if (image == nullptr) return;
  for_rows([&](std::int64_t row, std::int64_t pixel) { copy_row(body + row, image + pixel, grid_.w); });
}

void PlaneGeometry::unpack_plane(const float* set, std::int64_t k, float* image) const {
  const float* pixels = set + k * plane_ + origin_;
  for_rows([&](std::int64_t row, std::int64_t pixel) { copy_row(image + pixel, pixels + row, grid_.w); });
}

void PlaneGeometry::unpack_body(const float* set, std::int64_t k, float* image) const {
  const float* body = set + k * body_;
  for_rows([&](std::int64_t row, std::int64_t pixel) { copy_row(image + pixel, body + row, grid_.w); });
}

}  // namespace convlstm::cpu
