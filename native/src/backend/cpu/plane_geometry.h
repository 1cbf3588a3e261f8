// How images lie in the working memory of the generic executor.
//
// A plane is one channel of one image with margins of zeros around it, so that a kernel element is nothing
// but an offset: no borders to test, no patches to gather. Rows follow each other at `pitch`; the margin to
// the right of a row is the margin to the left of the next. A body is a plane without margins above and
// below. Sets of planes are stored [channel][image of the batch].
//
// The pixels are cut into vectors of `lanes`: either row by row, or running on from row to row through the
// margins, whichever takes fewer. Lanes that are no pixels are masked when they are stored.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "backend/cpu/kernels.h"
#include "backend/executor.h"

namespace convlstm::cpu {

class PlaneGeometry {
 public:
  // Margins are wide enough for every kernel and for its transpose.
  PlaneGeometry(const InputShape& shape, std::initializer_list<Size3> kernels, int lanes);
  PlaneGeometry(const PlaneGeometry&) = delete;  // places point into masks_
  PlaneGeometry& operator=(const PlaneGeometry&) = delete;

  std::int64_t batch() const { return batch_; }
  std::int64_t pitch() const { return pitch_; }
  std::int64_t origin() const { return origin_; }  // of pixel (0, 0) in a plane; in a body it is 0
  // Floats of one channel of the whole batch.
  std::int64_t plane_stride() const { return batch_ * plane_; }
  std::int64_t body_stride() const { return batch_ * body_; }

  std::int64_t vectors() const { return static_cast<std::int64_t>(places_.size()); }  // of the whole batch
  const VectorPlace* places() const { return places_.data(); }

  // From a pixel to the one that element (ky, kx) of a kernel multiplies, for each element of `channels`
  // kernels whose channels lie channel_stride apart. `sign` -1 gives the transposed kernel.
  std::vector<std::int64_t> offsets(Size3 kernel, std::int64_t channels, std::int64_t channel_stride,
                                    int sign = 1) const;

  // Index k counts channels and images together: k = channel * batch + image. `set` shows the start of a set.
  void clear_margins(float* set, std::int64_t k) const;
  // image null: zeros. `pixel_stride`: from pixel to pixel of the image.
  void pack_plane(const float* image, float* set, std::int64_t k, std::int64_t pixel_stride = 1) const;
  void pack_body(const float* image, float* set, std::int64_t k) const;  // image null: zeros
  void unpack_plane(const float* set, std::int64_t k, float* image) const;
  void unpack_body(const float* set, std::int64_t k, float* image) const;

  // Between the pixels of one vector and images whose pixels lie pixel_stride apart.
  std::int64_t image_of(std::int64_t vector) const { return vector / vectors_per_image_; }
  void store_vector(const float* lanes, std::int64_t vector, float* image,
                    std::int64_t pixel_stride = 1) const;
  void add_vector(const float* image, std::int64_t vector, float* lanes, std::int64_t pixel_stride = 1) const;

 private:
  // Consecutive pixels of a vector: `count` from lane `lane` are pixel `pixel` and following of the dense
  // image.
  struct Segment {
    std::int64_t lane, count, pixel;
  };
  void add_image_vector(std::int64_t start, int lanes);

  Size3 size_;
  std::int64_t batch_, pitch_, origin_, plane_, body_, vectors_per_image_;
  std::vector<VectorPlace> places_;
  std::vector<std::int32_t> masks_;              // [vector of an image][lane]
  std::vector<Segment> segments_;                // of all vectors of an image
  std::vector<std::size_t> first_segment_ = {};  // [vector of an image + 1]
};

}  // namespace convlstm::cpu
