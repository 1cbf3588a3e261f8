// The products of a warpgroup on the emulated device, as the PTX instruction set has them ("wgmma").
// hopper_ops.h calls these.
//
// A product reads shared memory at some time between its start and the wait for its group: it must be the
// same all that time. Its sums are NaN until its thread has waited.
#pragma once

#include <cstdint>

#include "backend/cuda/emulated_block.h"

namespace convlstm::cuda::emulated {

// Throw Error(CLN_INTERNAL_ERROR) where the threads of a warpgroup do not the same together, where products
// start without a fence since the last group, where a descriptor cannot be, and where memory or registers
// changed while they were read.
void fence_products();
void commit_products();
void wait_products(int running);
// sums of a thread: columns / 2; `adds`: else they start from 0. a and b are descriptors.
void multiply_add_tiles(Operand operand, int columns, float* sums, std::uint64_t a, std::uint64_t b,
                        bool adds);

// Of tf32, `a` in registers. What is written to them is fenced before the product; they are looked at until
// all products of the thread are done, so they must live so long.
void multiply_add_tiles_tf32(int columns, float* sums, const std::uint32_t (&a)[4], std::uint64_t b,
                             bool adds);

void set_registers(int count);  // checks the count

}  // namespace convlstm::cuda::emulated
