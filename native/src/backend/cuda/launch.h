// How kernels are started. A kernel is a small struct of values with a CLN_HOST_DEVICE operator(); the same source is
// compiled by nvcc for the device and by the host's compiler for the emulated device, so that its maths and its indices
// are tested without a GPU.
//
//   struct Scale {
//     float* data; float factor;
//     CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] *= factor; }
//   };
//   launch(stream, count, Scale{data, factor});
#pragma once

#include <cstdint>

#include "backend/cuda/stream.h"

namespace convlstm::cuda {

// body(i) for every i in [0, count), in any order and at once.
template <typename Body>
void launch(Stream& stream, std::int64_t count, const Body& body);

// For every row: the sums over i in [0, count) of body(row, i), a Sums<K>. Sums are taken in single precision within a
// thread, in double above it, always in the same order; then done(row, const double* sums) is called once a row.
template <typename Body, typename Done>
void launch_sums(Stream& stream, std::int64_t rows, std::int64_t count, const Body& body, const Done& done);

}  // namespace convlstm::cuda
