// How kernels are started. A kernel is a small struct of values with a CLN_HOST_DEVICE operator(); the same
// source is compiled by nvcc for the device and by the host's compiler for the emulated device, so that its
// maths and its indices are tested without a GPU.
//
//   struct Scale {
//     float* data; float factor;
//     CLN_HOST_DEVICE void operator()(std::int64_t i) const { data[i] *= factor; }
//   };
//   launch(stream, count, Scale{data, factor});
//
// A file that starts kernels ends in .cu.
#pragma once

#include <cstdint>
#include <type_traits>

#include "cell/host_device.h"
#include "backend/cuda/stream.h"

namespace convlstm::cuda {

// K sums that are taken together. T is double where single precision could overflow or lose what matters.
template <int K, typename T = float>
struct Sums {
  static_assert(K >= 1 && K <= 8);
  static constexpr int kCount = K;
  T value[K] = {};
  CLN_HOST_DEVICE Sums& operator+=(const Sums& other) {
    for (int k = 0; k < K; ++k) value[k] += other.value[k];
    return *this;
  }
};

// body(i) for every i in [0, count), in any order and at once.
template <typename Body>
void launch(Stream& stream, std::int64_t count, const Body& body);

// For every row: the sums over i in [0, count) of body(row, i), a Sums<K>. Sums are taken in the type of Sums
// within a thread, in double above it, always in the same order; then done(row, const double* sums) is called
// once a row. A row of no elements has sums of 0.
template <typename Body, typename Done>
void launch_sums(Stream& stream, std::int64_t rows, std::int64_t count, const Body& body, const Done& done);

// How the sums of a row are cut into parts that are added up apart: few rows are cut into many.
struct SumParts {
  std::int64_t parts, length;
};
constexpr SumParts sum_parts(std::int64_t rows, std::int64_t count) {
  constexpr std::int64_t kMostParts = Stream::kScratchDoubles / 8, kShortest = 2048;
  const std::int64_t room = rows < kMostParts ? kMostParts / rows : 1;
  const std::int64_t wanted = (count + kShortest - 1) / kShortest;
  const std::int64_t parts = wanted < 1 ? 1 : wanted < room ? wanted : room;
  return {parts, (count + parts - 1) / parts};
}

}  // namespace convlstm::cuda

#if defined(__CUDACC__)
#include "backend/cuda/cuda_launch.h"
#elif defined(CLN_CUDA_EMULATED)
#include "backend/cuda/emulated_launch.h"
#else
#error "kernels are started from files that end in .cu, or for the emulated device"
#endif
