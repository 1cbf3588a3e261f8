// One convolution of the generic executor. It reads a source (input, hidden state, ...) that lies in padded planes, gives
// rows (output channels) in bodies on the grid of the states, and has the gradients by both. All work is cut over the
// threads of the device; results do not depend on how many there are.
//
// Planes hold floats or, in bfloat16 storage, the upper halves of floats (uint16_t); bodies and images are floats.
// A source of stride s lies as s_d * s_h * s_w phases a channel, [channel][phase][image][plane], so that a kernel element
// is an offset there too. Everything else is [channel or row][image][plane or body].
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/cpu/cpu_device.h"
#include "backend/cpu/plane_geometry.h"
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

  // ---- The source. Bytes of one step of it; zeros in the margins are set once by clear_source, and stay.
  std::size_t source_bytes() const;
  void clear_source(void* source) const;
  // An image (channels, pixels) of the input grid, pixels pixel_stride apart and channels next to each other or planes
  // apart as in Frames. `factors` [channel][pixel], dense: multiplied in (dropout); null: 1 each.
  void pack_image(const Frames<const float>& frames, std::int64_t t, std::int64_t n, const float* factors,
                  void* source);
  // Bodies [channel][image][body] on the grid of the states; for convolutions that read a state.
  // `factors`: dense (image, channel, pixel); null: 1 each. All channels and images.
  void pack_bodies(const float* bodies, const float* factors, void* source);

  // ---- Forward: out [row of `rows`][image][body] = (or +=) kernel[rows] * source. Lanes that are no pixels become 0.
  void forward(const ParameterViews& parameters, RowRange rows, const void* source, float* out, bool adds);

  // ---- Backward. `dpre`: planes [row of `rows`][image][plane] of the convolution's storage, filled by pack_rows.
  std::size_t row_plane_bytes() const;  // of one row (all images)
  void clear_rows(std::int64_t count, void* planes) const;  // once, before the first pack_rows
  void pack_rows(const float* bodies, std::int64_t count, void* planes);
  // Gradient by the source, on the grid that the source was packed from: state convolutions give bodies
  // [channel][image][body], = or +=.
  void backward_bodies(const ParameterViews& parameters, RowRange rows, const void* dpre, float* dbodies, bool adds);
  // Input convolutions give images of step t: = or +=, multiplied by `factors` first. `factors` dense
  // (image, channel, pixel); null: 1 each.
  void backward_images(const ParameterViews& parameters, RowRange rows, const void* dpre, const float* factors,
                       const Frames<float>& dx, std::int64_t t, bool adds);
  // gradient[rows] += over `steps` steps; dpre and source of step s lie s * dpre_step and s * source_step bytes on.
  void backward_kernel(RowRange rows, const void* dpre, std::size_t dpre_step, const void* source,
                       std::size_t source_step, std::int64_t steps, float* gradient);

  std::size_t workspace_bytes() const;

 private:
  // (the implementation's)
};

}  // namespace convlstm::cpu
