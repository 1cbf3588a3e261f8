// The backward of winograd_fused, through time: the forward's algorithm transposed. The gradients of the
// gates of a tile are transformed once (A dY A^T); multiplied by the forward's weights and spread (B m B^T)
// over all pixels that the tile sees they are its gradient by h and x, which adds up where tiles overlap;
// multiplied by the transforms of h and x they are the gradient of the weights, which is summed over tiles
// and steps point by point and transformed back once at the end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/winograd_plan.h"
#include "backend/cpu/winograd_tape.h"
#include "backend/executor.h"

namespace convlstm::cpu {

class WinogradBackward {
 public:
  WinogradBackward(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape,
                   const WinogradPlan& plan);

  std::size_t workspace_bytes() const;
  void run(const BackwardCall& call);

 private:
  static constexpr std::int64_t kGates = 4;
  static constexpr std::int64_t kMaxPixels = 16;
  static constexpr std::int64_t kGroup = 24;  // tiles whose sums stay in the second-level cache
  struct Form {
    AlignedBuffer to_hidden, to_input;  // weights of the products; to_input where dx is wanted
    AlignedBuffer peephole;             // [block][3][lane]
  };
  // Products that lead from gate gradients to channels, which lie in vectors.
  struct Way {
    const float* weights = nullptr;
    std::int64_t vectors = 0;
    std::int64_t slots = 1;  // vectors of a product
    std::int64_t products() const { return (vectors + slots - 1) / slots; }
  };
  struct Step {
    const BackwardCall& call;
    const Form& form;
    const WinogradTape& tape;
    std::int64_t t;
    bool has_after() const { return t + 1 < call.steps; }
  };
  // Tiles [first, first + count) of a step, which stand behind `place` others in the window.
  struct Chunk {
    std::int64_t first, count, place;
  };
  // What the tiles in the window have in common: whole steps, from `t` down, or a part of step t.
  struct Window {
    std::int64_t t = 0, first = 0, filled = 0;  // first tile; tiles
  };

  std::shared_ptr<const Form> form(const ParameterViews& parameters, bool wants_dx) const;
  void start(const BackwardCall& call);
  void run_step(const Step& step, bool leads_to_hidden);
  // B^T h B of one vector of channels, and B^T x B beside the first.
  void transform(const Step& step, const Chunk& chunk, std::int64_t k, std::int64_t block);
  float* passed(std::int64_t index, std::int64_t block) const;
  void pass_gates(const Step& step, const Chunk& chunk, std::int64_t k, std::int64_t block);
  // Tiles [place, place + count) of the window; `seen` is of the first.
  void lead_back(const Way& way, std::int64_t place, std::int64_t count, float* seen);
  // Adds the gradients of the window's tiles and empties it.
  void flush(const BackwardCall& call, const Form& form);

  // The gradient by h of one tile and block from outside: by the final state, and by y.
  void load_dfinal(const Step& step, const WinogradTile& tile, std::int64_t block, float* dh) const;
  void add_dy(const Step& step, const WinogradTile& tile, std::int64_t block, float* dh) const;
  // Adds the pixels of one tile and vector from all tiles that see them.
  void add_seen(const float* seen, std::int64_t vectors, std::int64_t index, std::int64_t v,
                float* pixels) const;
  void write_gradients(const BackwardCall& call) const;
  void write_dhidden(const BackwardCall& call, float* to) const;
  // `seen` is of the first tile of step t.
  void write_dinput(const BackwardCall& call, std::int64_t t, const float* seen) const;
  void write_dcell(float* to) const;

  bool has_input(const SequenceCall& call, std::int64_t t) const {
    return desc_.input_channels > 0 && call.x.data != nullptr && call.input.contains(t);
  }
  static bool has_mask(const SequenceCall& call) { return call.mask.active != nullptr; }
  Way to_hidden(const Form& form) const;
  Way to_input(const Form& form) const;
  // From tile to tile, and from point to point of the buffers below.
  std::int64_t input_count() const { return winograd_stride(plan_.channels()); }
  std::int64_t row_count() const { return winograd_stride(kGates * plan_.hidden); }
  std::int64_t inputs_stride() const { return winograd_stride(window_size_ * input_count()); }
  std::int64_t rows_stride() const { return winograd_stride(window_size_ * row_count()); }
  // Of a thread's sums.
  std::int64_t sums_count() const { return plan_.points * winograd_stride(kGroup * kGates * lanes_); }
  // What tiles see: [tile][vector][pixel that it sees][lane]. Of h, of step t.
  std::int64_t seen_count(std::int64_t vectors) const { return vectors * plan_.points * lanes_; }
  float* seen_hidden(std::int64_t t) const { return seen_hidden_[t % 2].data(); }
  // Calls body(row * columns of the tile + column, pixel of the image) for the pixels that a tile shares with
  // it.
  template <typename Body>
  void for_pixels(const WinogradTile& tile, const Body& body) const {
    const std::int64_t rows = std::min(plan_.outputs, shape_.size.h - tile.row);
    const std::int64_t columns = std::min(plan_.outputs, shape_.size.w - tile.column);
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column)
        body(row * plan_.outputs + column, (tile.row + row) * shape_.size.w + tile.column + column);
  }

  CpuDevice& device_;
  RecurrentDesc desc_;
  InputShape shape_;
  WinogradPlan plan_;
  const WinogradTable& table_;
  const WinogradKernels& kernels_;
  std::int64_t lanes_, area_;
  std::int64_t at_once_;      // tiles of a step that go through its stages together
  std::int64_t window_size_;  // tiles that the weight gradient takes at once
  Window window_;
  AlignedBuffer seen_hidden_[2];  // of this step, and of the one after it
  AlignedBuffer seen_input_;      // of the window's steps
  AlignedBuffer dc_;              // [tile][block][pixel of the tile][lane]
  AlignedBuffer inputs_;          // B^T [h, x] B: [point][tile of the window][channel]
  AlignedBuffer rows_;            // A dY A^T: [point and one more][tile of the window][block][gate][lane]
  AlignedBuffer gradient_;        // [block][point][channel][gate][lane]
  AlignedBuffer small_gradient_;  // [block][bias and peephole][gate][lane]
  AlignedBuffer passed_;          // the gradient by h that a masked step leaves to the one before; as dc_
  AlignedBuffer sums_;            // of each thread
};

}  // namespace convlstm::cpu
