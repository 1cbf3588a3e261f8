// Builds the composition of executors that runs a stack.
#pragma once

#include <memory>
#include <vector>

#include "backend/backend.h"
#include "composition/checkpointed.h"
#include "composition/stack_desc.h"

namespace convlstm {

// The input shape of each cell of a stack over an input of `shape`.
InputShape cell_shape(const StackDesc& stack, const InputShape& shape, std::int64_t index);

// `cells`: the executors of the cells, as StackDesc counts them; they may be shared by several compositions
// that take turns. The composition's workspace_bytes leaves theirs out. `wave`: how layers run beside each
// other in inference, or null. Calls are in the order of time, y is wanted.
std::unique_ptr<Executor> compose(const std::shared_ptr<Backend>& backend, const StackDesc& stack,
                                  const InputShape& shape,
                                  const std::vector<std::shared_ptr<Executor>>& cells, const TapePlan& plan,
                                  std::unique_ptr<Wave> wave = nullptr);

// Whether its layers could: there are several, in one direction, each with a state of its own.
bool may_wave(const StackDesc& stack);

}  // namespace convlstm
