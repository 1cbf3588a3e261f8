// The pixels of a grid cut into vectors of `lanes`, for all images of a batch: either row by row, or running
// on from row to row through the margins. Lanes that are no pixels are masked when they are stored.
#pragma once

#include <cstdint>
#include <vector>

#include "backend/cpu/kernels.h"
#include "cell/layer_desc.h"

namespace convlstm::cpu {

// Where the pixels of an image lie: (z, y, x) at z * slice + y * pitch + x from pixel (0, 0, 0).
struct PixelLayout {
  std::int64_t pitch, slice;
  std::int64_t at(std::int64_t z, std::int64_t y, std::int64_t x = 0) const {
    return z * slice + y * pitch + x;
  }
};

class PlaneVectors {
 public:
  // Consecutive pixels of a vector: `count` from lane `lane` are pixel (z, y, x) and following.
  struct Segment {
    std::int64_t lane, count;
    std::int64_t z, y, x;
    std::int64_t pixel;  // in the dense image
  };

  // Vectors that `size` takes; running they may be fewer.
  static std::int64_t count_by_rows(const Size3& size, int lanes);
  static std::int64_t count_running(const Size3& size, const PixelLayout& layout, int lanes);

  PlaneVectors(const Size3& size, const PixelLayout& layout, bool by_rows, int lanes);
  PlaneVectors(const PlaneVectors&) = delete;  // places point into masks_
  PlaneVectors& operator=(const PlaneVectors&) = delete;

  // Image n lies n * plane further in planes, n * body further in bodies.
  void repeat(std::int64_t batch, std::int64_t plane, std::int64_t body);

  std::int64_t count() const { return static_cast<std::int64_t>(places_.size()); }  // of the whole batch
  int lanes() const { return lanes_; }
  const VectorPlace* places() const { return places_.data(); }
  std::int64_t image_of(std::int64_t vector) const { return images_[static_cast<std::size_t>(vector)]; }
  // The place in a dense image of a vector that is nothing but consecutive pixels; else -1.
  std::int64_t dense_place(std::int64_t vector) const {
    return dense_places_[static_cast<std::size_t>(vector - image_of(vector) * per_image_)];
  }
  bool are_dense() const;    // all of them
  std::int64_t end() const;  // of the last vector of an image

  // Between the pixels of one vector and a dense image whose pixels lie pixel_stride apart.
  void store(const float* lanes, std::int64_t vector, float* image, std::int64_t pixel_stride) const;
  void add(const float* image, std::int64_t vector, float* lanes, std::int64_t pixel_stride) const;

  template <typename Body>
  void for_segments(std::int64_t vector, const Body& body) const {
    const auto v = static_cast<std::size_t>(vector - image_of(vector) * per_image_);
    for (std::size_t s = first_segment_[v]; s < first_segment_[v + 1]; ++s) body(segments_[s]);
  }

 private:
  void add_vector(const Size3& size, const PixelLayout& layout, std::int64_t start, std::int64_t used,
                  int lanes);

  std::int64_t per_image_ = 0;
  int lanes_;
  std::vector<VectorPlace> places_;
  std::vector<std::int32_t> images_;           // [vector]: a table is quicker than a division
  std::vector<std::int32_t> masks_;            // [vector of an image][lane]
  std::vector<Segment> segments_;              // of all vectors of an image
  std::vector<std::int64_t> dense_places_;     // [vector of an image]
  std::vector<std::size_t> first_segment_{0};  // [vector of an image + 1]
};

}  // namespace convlstm::cpu
