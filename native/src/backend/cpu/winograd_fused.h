// A ConvLSTM in single precision by Winograd's minimal filtering: the transforms of h and x, one product a
// point of the tiles, the inverse transform and the gates, all on pieces that stay in the second-level cache.
// Where the plan does not hoist the input's convolution, it is folded into the products.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/winograd_backward.h"
#include "backend/cpu/winograd_plan.h"
#include "backend/cpu/winograd_tape.h"
#include "backend/executor.h"
#include "backend/verdict.h"

namespace convlstm::cpu {

// 3x3 and 5x5 recurrent kernels, and odd input kernels that are not larger; images.
Verdict supports_winograd_fused(const LayerDesc& layer, const InputShape& shape);
// Whether it is expected to be faster than the direct kernels.
Verdict suits_winograd_fused(const LayerDesc& layer, const InputShape& shape);
std::unique_ptr<Executor> make_winograd_fused(CpuDevice& device, const LayerDesc& layer,
                                              const InputShape& shape);
// `tiling`: one of winograd_tilings.
std::unique_ptr<Executor> make_tiled_winograd_fused(CpuDevice& device, const LayerDesc& layer,
                                                    const InputShape& shape, const std::string& tiling);

class WinogradFused final : public Executor {
 public:
  WinogradFused(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape,
                const WinogradTiling& tiling = {});

  const char* name() const override { return "winograd_fused"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  struct Form {
    AlignedBuffer weights;         // [block][point][channel][gate][lane], of a step's products
    AlignedBuffer input_weights;   // of the input's, where they are hoisted
    AlignedBuffer bias, peephole;  // [block][4 or 3][lane]
  };
  // Images in the caller's layout, channels first; data null: there are none.
  struct Outside {
    Frames<const float> frames;
    std::int64_t t, channels;
  };
  struct Step {
    const ForwardCall& call;
    const Form& form;
    std::int64_t t;
    const float* x = nullptr;                              // folded into the products; null: there is none
    const float *h_before = nullptr, *c_before = nullptr;  // c_before null: it is the call's initial state
    Outside h_outside{}, x_outside{};                      // in place of h_before and x, which hold nothing
    const float* input_sums = nullptr;
    float *h = nullptr, *c = nullptr;  // null: nobody reads them but the call's outputs
    float* gates = nullptr;
    bool is_last() const { return t + 1 == call.steps; }
    bool has_hidden() const { return t > 0 || part_of(call.initial, kHidden) != nullptr; }  // else zeros
  };
  // A block of hidden channels: in an image of all channels, or in a strip, where the tiles of a chunk stand
  // in a row.
  struct BlockPixels {
    float* data;
    std::int64_t row_stride, pixel_stride;
    bool is_strip;
  };
  // Tiles [first, first + count) that go through a step together, in buffers for `most`.
  struct Chunk {
    std::int64_t first, count, most;
  };
  // Steps [first, first + count) whose inputs go through their products together.
  struct Window {
    const Form& form;
    const WinogradTape& tape;
    std::int64_t first, count;
  };

  std::shared_ptr<const Form> form(const ParameterViews& parameters) const;
  WinogradTape tape_of(const ForwardCall& call);
  StepRange steps_with_input(const ForwardCall& call) const;
  // As transpose() of transpose.h.
  void transpose_squares(const float* from, std::int64_t from_stride, std::int64_t rows, std::int64_t columns,
                         float* to, std::int64_t to_stride) const;
  // Whether calls read arrays in the caller's layout where many tiles stand side by side; the initial h; and
  // x.
  bool reads_outside(const ForwardCall& call) const;
  bool reads_h_outside(const ForwardCall& call) const;
  bool reads_x_outside(const ForwardCall& call) const;
  Outside outside(const float* state) const;
  void load_states(const ForwardCall& call, const WinogradTape& tape);
  void clear_margins(float* image, std::int64_t channels);
  void pack_input(const ForwardCall& call, std::int64_t t, const WinogradTape& tape);
  void transform_few_inputs(const ForwardCall& call, std::int64_t t, float* points);
  void run_step(const Step& step);
  // B^T h B and B^T x B, [point][tile][channel]; with `scratch` of a block.
  void transform(const Step& step, const Chunk& chunk, float* transformed, float* scratch) const;
  // The same of channels outside.
  void transform_outside(const Outside& from, const Chunk& chunk, float* transformed, float* band) const;
  // The channels of one point that are the terms of a step's products.
  WinogradChannels hidden_terms(const Step& step, const Chunk& chunk, const float* transformed,
                                std::int64_t point) const;
  WinogradChannels input_terms(const Step& step, const Chunk& chunk, const float* transformed,
                               std::int64_t point) const;
  // One block of hidden channels of the same tiles.
  void finish_block(const Step& step, std::int64_t block, const Chunk& chunk, const float* transformed,
                    float* sums) const;
  BlockPixels in_image(float* image, std::int64_t block) const;
  BlockPixels in_strip(float* strip, std::int64_t stride) const;
  // The first pixel of tile `first + k`.
  float* pixels_of(const BlockPixels& pixels, std::int64_t first, std::int64_t k) const;
  void keep_tile(const WinogradTile& tile, const float* from, const BlockPixels& before, float* to,
                 const BlockPixels& after) const;
  bool has_active(const Step& step, std::int64_t first, std::int64_t count) const;
  // Calls body(k, row, place, columns) for the rows of tiles [first, first + count), as far as they go on in
  // the image: `place` is the first pixel, of row `row` of tile first + k.
  template <typename Body>
  void for_rows(std::int64_t first, std::int64_t count, const Body& body) const;
  // What the layouts outside have of one block of tiles [first, first + count).
  void load_cells(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                  const BlockPixels& to) const;
  void store_block(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                   const BlockPixels& h, const BlockPixels& c) const;
  void hoist(const Window& window);
  // Sums of one block of hidden channels of tiles [first, first + count) of the window.
  void hoist_block(const Window& window, std::int64_t block, std::int64_t first, std::int64_t count,
                   float* sums) const;

  CpuDevice& device_;
  RecurrentDesc desc_;
  InputShape shape_;
  WinogradPlan plan_;
  const WinogradTable& table_;
  const WinogradKernels& kernels_;
  std::int64_t area_;
  AlignedBuffer inference_tape_;
  AlignedBuffer transformed_, sums_;
  std::optional<WinogradBackward> backward_;
};

}  // namespace convlstm::cpu
