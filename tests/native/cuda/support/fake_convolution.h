// What an execution plan of the fake cuDNN computes, as read from its descriptors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "support/fake_descriptor.h"

namespace convlstm::cuda::fake {

// The work for the queue: everything that it needs has been copied from the descriptors. Refuses what
// `engine` or the documentation does not accept: missing tensors, misaligned pointers, no workspace.
std::function<void()> work_of(const Descriptor& operation, const Engine& engine,
                              const std::map<std::int64_t, void*>& pointers, void* workspace);

// Why the engine cannot compute the operation; empty: it can.
std::string objection(const Descriptor& operation, const Engine& engine);

}  // namespace convlstm::cuda::fake
