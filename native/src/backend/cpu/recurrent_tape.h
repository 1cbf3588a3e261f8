// What a forward leaves behind, for the next step or for the backward pass.
#pragma once

#include <cstdint>

namespace convlstm::cpu {

// One array of the tape: step t stands in slot t mod slots.
struct TapeArray {
  float* data = nullptr;
  std::int64_t step = 0;  // floats of a slot
  std::int64_t slots = 0;
  float* at(std::int64_t t) const { return data + t % slots * step; }
  std::int64_t count() const { return slots * step; }
};

// In training the tape is the reserve, which holds, one after the other, in floats:
//   h       [T + 1][F][N][plane]     the first is the initial state
//   x       [T][C][phase][N][plane]  of steps without input nothing
//   c       [T + 1][F][N][body]      the first is the initial state
//   gates   [T][4][F][N][body]       i f g o after their activations
//   cell_c  [T][F][N][body]      c after its activation
// In inference h and x have two slots that take turns, c has one, and there are no gates. In bfloat16 storage
// planes of h and x hold pairs of channels, gates are 16 bits each, and there is no cell_c.
struct RecurrentTape {
  TapeArray h, x, c, gates, cell_c;

  // Numbers of a step.
  struct Step {
    std::int64_t h, x, c;
    bool is_half;
  };

  static RecurrentTape training(const Step& step, std::int64_t steps) {
    return {{nullptr, step.h, steps + 1},
            {nullptr, step.x, steps},
            {nullptr, step.c, steps + 1},
            {nullptr, (step.is_half ? 2 : 4) * step.c, steps},
            {nullptr, step.c, step.is_half ? 0 : steps}};
  }

  static RecurrentTape inference(const Step& step) {
    return {{nullptr, step.h, 2}, {nullptr, step.x, 2}, {nullptr, step.c, 1}, {}, {}};
  }

  std::int64_t count() const { return h.count() + x.count() + c.count() + gates.count() + cell_c.count(); }

  // The same tape over memory of count() floats.
  RecurrentTape over(float* memory) const {
    RecurrentTape tape = *this;
    for (TapeArray* array : {&tape.h, &tape.x, &tape.c, &tape.gates, &tape.cell_c}) {
      array->data = array->slots > 0 ? memory : nullptr;
      memory += array->count();
    }
    return tape;
  }
};

}  // namespace convlstm::cpu
