// What a forward of winograd_fused leaves behind, for the next step or for the backward pass.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backend/cpu/recurrent_tape.h"
#include "backend/cpu/winograd_plan.h"

namespace convlstm::cpu {

// In training the tape is the reserve, which holds, one after the other, in floats:
//   h      [T + 1][N][pixel with margins][channel]  the first is the initial state
//   x      [T][N][pixel with margins][channel]      of steps without input nothing; of few channels their
//                                                   transforms, [T][point][channel][tile]
//   c      [T + 1][N][pixel with margins][channel]  its margins hold nothing
//   gates  [T][tile][block][pixel of the tile][gate][lane]  i f g o after their activations
// Where the plan hoists the input, the gates of a step first receive its input's sums. In inference h has two
// slots that take turns, c has one; x has as many as steps are hoisted at once, and so have the gates, which
// then hold the input's sums alone; else x has one and there are no gates.
struct WinogradTape {
  TapeArray h, x, c, gates;

  static WinogradTape training(const WinogradPlan& plan, std::int64_t batch, std::int64_t steps) {
    const std::int64_t pixels = batch * plan.padded_pixels(), hidden = pixels * plan.hidden;
    return {{nullptr, hidden, steps + 1},
            {nullptr, plan.kept_inputs(batch), steps},
            {nullptr, hidden, steps + 1},
            {nullptr, gates_of(plan), steps}};
  }

  static WinogradTape inference(const WinogradPlan& plan, std::int64_t batch) {
    const std::int64_t pixels = batch * plan.padded_pixels(), hidden = pixels * plan.hidden;
    const std::int64_t hoisted = plan.hoists_input ? plan.hoisted_steps() : 0;
    return {{nullptr, hidden, 2},
            {nullptr, plan.kept_inputs(batch), std::max<std::int64_t>(hoisted, 1)},
            {nullptr, hidden, 1},
            {nullptr, gates_of(plan), hoisted}};
  }

  static std::int64_t gates_of(const WinogradPlan& plan) {
    return plan.tiles * plan.tile_pixels() * 4 * plan.hidden;
  }

  std::int64_t count() const { return h.count() + x.count() + c.count() + gates.count(); }

  // The same tape over memory of count() floats.
  WinogradTape over(float* memory) const {
    WinogradTape tape = *this;
    for (TapeArray* array : {&tape.h, &tape.x, &tape.c, &tape.gates}) {
      array->data = array->slots > 0 ? memory : nullptr;
      memory += array->count();
    }
    return tape;
  }
};

}  // namespace convlstm::cpu
