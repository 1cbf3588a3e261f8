// The backward of winograd_fused, through time. The gradient by h is a product like the forward's, of the
// gate gradients of the step after with the kernels turned by half a turn; it goes straight through the
// gates. The gradient of the weights is summed over tiles and steps point by point and transformed back once
// at the end.
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
  static constexpr std::int64_t kGroup = 24;  // tiles whose sums stay in the second-level cache
  struct Form {
    AlignedBuffer to_hidden, to_input;  // transposed weights; to_input where dx is wanted
    AlignedBuffer peephole;             // [block][3][lane]
  };
  // Products of one width that lead from gate gradients to channels.
  struct Way {
    const float* weights = nullptr;
    std::int64_t vectors = 0;  // of channels; 0: not wanted
    std::int64_t slots = 1;
    std::int64_t products() const { return (vectors + slots - 1) / slots; }
  };
  // Step t, where the gate gradients of step t + 1 are known. The last is -1: it only leads out.
  struct Step {
    const BackwardCall& call;
    const Form& form;
    const WinogradTape& tape;
    std::int64_t t;
    Way to_hidden, to_input;
    bool has_after() const { return t + 1 < call.steps; }
  };
  // Tiles [first, first + count) of a step, which stand behind `place` others in the window.
  struct Chunk {
    std::int64_t first, count, place;
  };

  std::shared_ptr<const Form> form(const ParameterViews& parameters, bool wants_dx) const;
  void start(const BackwardCall& call);
  void run_step(const Step& step);
  void transform(const Step& step, const Chunk& chunk);
  void multiply(const Step& step, const Chunk& chunk);
  // Tiles [first, first + count) of the chunk through one product.
  void multiply_group(const Step& step, const Chunk& chunk, const Way& way, std::int64_t product,
                      std::int64_t first, std::int64_t count, float* sums);
  void finish_hidden(const Step& step, std::int64_t block, std::int64_t tile, std::int64_t place, float* dh);
  // Adds the weight gradients of the window and empties it.
  void flush(const BackwardCall& call);
  void write_gradients(const BackwardCall& call) const;
  void write_dcell(float* to) const;

  bool has_input(const SequenceCall& call, std::int64_t t) const {
    return desc_.input_channels > 0 && call.x.data != nullptr && call.input.contains(t);
  }
  // From point to point of the buffers below.
  std::int64_t after_stride() const { return winograd_stride(at_once_ * kGates * plan_.hidden); }
  std::int64_t inputs_stride() const { return winograd_stride(window_ * plan_.channels()); }
  std::int64_t rows_stride() const { return winograd_stride(window_ * kGates * plan_.hidden); }
  // Of a thread's sums.
  std::int64_t sums_count() const { return plan_.points * winograd_stride(kGroup * kGates * lanes_); }
  float* dpre(std::int64_t t) const { return dpre_[t % 2].data(); }
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
  std::int64_t window_, at_once_;  // tiles that the weight gradient, and that a step, takes at once
  std::int64_t filled_ = 0;        // tiles of the window
  AlignedBuffer dpre_[2];          // as h of the tape, [block][gate][lane] a pixel
  AlignedBuffer dc_;               // [tile][block][pixel of the tile][lane]
  AlignedBuffer after_;            // B^T dpre B of the step after: [point][tile][block][gate][lane]
  AlignedBuffer inputs_;           // B^T [h, x] B: [point][tile of the window][channel]
  AlignedBuffer rows_;             // A dpre A^T: [point and one more][block][tile][gate][lane]
  AlignedBuffer gradient_;         // [block][point][channel][gate][lane]
  AlignedBuffer small_gradient_;   // [block][bias and peephole][gate][lane]
  AlignedBuffer sums_;             // of each thread
};

}  // namespace convlstm::cpu
