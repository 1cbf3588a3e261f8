// How images lie in the working memory of the executors.
//
// A plane is one channel of one image with margins of zeros around it, so that a kernel element is nothing
// but an offset: no borders to test, no patches to gather. All planes of a layer share one layout, whatever
// convolution reads them: rows follow each other at a pitch, slices of a volume at a multiple of it. The
// margin to the right of a row is the margin to the left of the next, and the rows below a slice are those
// above the next; both are as wide as the furthest reach of a kernel or of its transpose. A body is a plane
// on the grid of the states without margins in front and behind. Sets of planes are stored [channel][image of
// the batch]; how the source of a convolution fills planes is in plane_source.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/plane_vectors.h"
#include "cell/convolution.h"

namespace convlstm::cpu {

class PlaneGeometry {
 public:
  // `grid`: of the states, which is the output of every convolution.
  PlaneGeometry(std::int64_t batch, const Size3& grid, const std::vector<Axes>& convolutions, int lanes);

  PlaneGeometry(const PlaneGeometry&) = delete;  // sources and convolutions refer to it
  PlaneGeometry& operator=(const PlaneGeometry&) = delete;

  std::int64_t batch() const { return batch_; }
  const Size3& grid() const { return grid_; }
  int lanes() const { return pixels_->lanes(); }
  const PixelLayout& layout() const { return layout_; }
  std::int64_t origin() const { return origin_; }  // of pixel (0, 0, 0) in a plane; in a body it is 0
  std::int64_t plane() const { return plane_; }    // numbers of a plane
  // Numbers of one channel of the whole batch.
  std::int64_t plane_stride() const { return batch_ * plane_; }
  std::int64_t body_stride() const { return batch_ * body_; }

  // The vectors over the grid of the states.
  const PlaneVectors& pixels() const { return *pixels_; }
  std::int64_t vectors() const { return pixels_->count(); }
  const VectorPlace* places() const { return pixels_->places(); }
  // Those over what a source of these sizes fills of a plane: the pixels of a phase.
  const PlaneVectors& pixels_of(const Size3& data) const;

  // Index k counts channels and images together: k = channel * batch + image. `set` shows the start of a set.
  // Images are on the grid of the states.
  void clear_margins(float* set, std::int64_t k) const { clear_around(set + k * plane_, grid_); }
  void pack_plane(const float* image, float* set, std::int64_t k) const;  // image null: zeros
  void pack_body(const float* image, float* set, std::int64_t k) const;   // image null: zeros
  void unpack_plane(const float* set, std::int64_t k, float* image) const;
  void unpack_body(const float* set, std::int64_t k, float* image) const;

  // Zeros around the data, of these sizes, of a plane.
  void clear_around(float* plane, const Size3& data) const;

  // Between the pixels of one vector and images whose pixels lie pixel_stride apart.
  std::int64_t image_of(std::int64_t vector) const { return pixels_->image_of(vector); }
  void store_vector(const float* lanes, std::int64_t vector, float* image,
                    std::int64_t pixel_stride = 1) const {
    pixels_->store(lanes, vector, image, pixel_stride);
  }
  void add_vector(const float* image, std::int64_t vector, float* lanes,
                  std::int64_t pixel_stride = 1) const {
    pixels_->add(image, vector, lanes, pixel_stride);
  }

 private:
  struct SourceGrid {
    Size3 data;
    std::shared_ptr<const PlaneVectors> pixels;
  };
  std::shared_ptr<PlaneVectors> cut(const Size3& size, int lanes, bool by_rows) const;
  template <typename Body>
  void for_rows(const Body& body) const;

  Size3 grid_;
  std::int64_t batch_, origin_, plane_, body_;
  PixelLayout layout_;
  std::shared_ptr<const PlaneVectors> pixels_;
  std::vector<SourceGrid> sources_;  // sizes that differ
};

}  // namespace convlstm::cpu
