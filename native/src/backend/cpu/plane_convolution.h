// One convolution of the generic executor. It reads a source (input, hidden state, ...) that lies in padded
// planes, gives rows (output channels) in bodies on the grid of the states, and has the gradients by both.
// All work is cut over the threads of the device; results do not depend on how many there are.
//
// Planes hold floats or, in bfloat16 storage, the upper halves of floats (uint16_t); bodies and images are
// floats. Sources lie as plane_source.h says. Everything else is [channel or row][image][plane or body]. Of
// bodies, only what PlaneGeometry::places() covers is read and written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_geometry.h"
#include "backend/cpu/plane_source.h"
#include "backend/executor.h"
#include "cell/convolution.h"

namespace convlstm::cpu {

// Rows [first, first + count) of a kernel.
struct RowRange {
  std::int64_t first = 0, count = 0;
};

class PlaneConvolution {
 public:
  // `place`: of the kernel (rows, channels, sizes) in ParameterViews; it also tells packed forms apart.
  PlaneConvolution(CpuDevice& device, const PlaneGeometry& geometry, const Axes& axes, std::int64_t channels,
                   std::int64_t rows, std::size_t place, cln_storage storage);

  const PlaneSource& source() const { return source_; }
  std::int64_t source_planes() const {  // of each image
    return channels_ * static_cast<std::int64_t>(source_.phases().size());
  }
  PackedLayout layout_of(std::int64_t rows) const;  // of their packed form
  ThreadPool& pool() const { return device_.pool; }

  // ---- What a product is made of that gives rows, for products of several convolutions (plane_sum.h).
  std::string key(char form, RowRange rows) const;  // of a packed form
  WeightRuns runs() const { return source_.runs(channels_); }
  const float* row(const ParameterViews& parameters, std::int64_t row) const {
    return parameters.data[place_] + row * channels_ * source_.kernel_area();
  }
  // `source`: planes of floats; null: only how many there are.
  Terms terms(const float* source) const {
    return {source != nullptr ? source + geometry_.origin() : nullptr, terms_.data(),
            static_cast<std::int64_t>(terms_.size())};
  }

  // ---- The source. Bytes of one step of it; zeros in the margins are set once by clear_source, and stay.
  std::size_t source_bytes() const;
  void clear_source(void* source) const;
  // Image n of step t, on the input grid. `factors`: multiplied in (dropout), dense (image, channel, pixel);
  // null: 1 each.
  void pack_image(const Frames<const float>& frames, std::int64_t t, std::int64_t n, const float* factors,
                  void* source);
  // Bodies [channel][image][body] on the grid of the states; for convolutions that read a state. `factors`
  // likewise. All channels and images.
  void pack_bodies(const float* bodies, const float* factors, void* source);

  // ---- Forward: out [row of `rows`][image][body] = (or +=) kernel[rows] * source. Lanes that are no pixels
  // become 0.
  void forward(const ParameterViews& parameters, RowRange rows, const void* source, float* out, bool adds);

  // ---- Backward. `dpre`: planes [row of `rows`][image][plane] of the convolution's storage, filled by
  // pack_rows.
  std::size_t row_plane_bytes() const;                      // of one row (all images)
  void clear_rows(std::int64_t count, void* planes) const;  // once, before the first pack_rows
  void pack_rows(const float* bodies, std::int64_t count, void* planes);
  // Gradient by the source, on the grid that the source was packed from: state convolutions give bodies
  // [channel][image][body], = or +=.
  void backward_bodies(const ParameterViews& parameters, RowRange rows, const void* dpre, float* dbodies,
                       bool adds);
  // Input convolutions give images of step t: = or +=, multiplied by `factors` first. `factors` dense
  // (image, channel, pixel); null: 1 each.
  void backward_images(const ParameterViews& parameters, RowRange rows, const void* dpre,
                       const float* factors, const Frames<float>& dx, std::int64_t t, bool adds);
  // Over `steps` steps; dpre and source of step s lie s * dpre_step and s * source_step bytes on. `gradient`
  // is that of the whole kernel, of which `rows` are added to.
  void backward_kernel(RowRange rows, const void* dpre, std::size_t dpre_step, const void* source,
                       std::size_t source_step, std::int64_t steps, float* gradient);

  std::size_t workspace_bytes() const;

 private:
  // By phase of the source; rows are channels, terms are rows of the kernel and elements of the phase.
  using Transposed = std::vector<PackedRows>;

  bool is_half() const { return storage_ == CLN_STORAGE_BFLOAT16; }
  std::size_t plane_number_bytes() const { return is_half() ? sizeof(std::uint16_t) : sizeof(float); }
  std::shared_ptr<const PackedRows> packed(const ParameterViews& parameters, RowRange rows) const;
  std::shared_ptr<const Transposed> transposed(const ParameterViews& parameters, RowRange rows) const;
  // Calls body(part) for every part, which reads `each` numbers; little work stays on the caller.
  template <typename Body>
  void for_parts(std::int64_t parts, std::int64_t each, const Body& body) const;
  // Products read floats: halves are unpacked before, `count` planes of the whole batch.
  void unpack(const void* planes, std::int64_t count, float* floats) const;
  const float* as_floats(const void* planes, std::int64_t count, AlignedBuffer& floats) const;
  // `finish` as of run_product.
  template <typename Finish>
  void run(const PlaneVectors& pixels, const PackedRows& weights, const float* planes,
           const std::vector<std::int64_t>& offsets, std::int64_t channels, const Finish& finish);
  void store_sums(std::int64_t block, std::int64_t vector, int vectors, const float* sums, std::int64_t count,
                  float* bodies, bool adds) const;

  CpuDevice& device_;
  const PlaneGeometry& geometry_;
  PlaneSource source_;
  std::int64_t channels_;
  std::size_t place_;
  cln_storage storage_;
  std::string key_;                                          // what the keys of its packed forms begin with
  std::vector<std::int64_t> terms_, columns_;                // by channel and element
  std::vector<std::vector<std::int64_t>> transposed_terms_;  // by phase: by row and element of the phase
  AlignedBuffer block_;                                      // of half weights: a block for each thread
  AlignedBuffer source_floats_, row_floats_;                 // of half planes
};

}  // namespace convlstm::cpu
