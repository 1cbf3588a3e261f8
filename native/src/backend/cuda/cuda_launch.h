// launch.h on the device: grid-stride kernels whose grids fill the device once.
#pragma once

#include <typeinfo>

#include "backend/cuda/cuda_check.h"
#include "backend/cuda/launch.h"

namespace convlstm::cuda {

constexpr int kThreads = 256;
constexpr int kWarp = 32;

// Blocks of `kernel` that run on the device at once.
int resident_blocks(const Stream& stream, const void* kernel);
// Throws where the launch just made failed, naming the kernel by its body.
void check_launch(const std::type_info& body);

template <typename Body>
__global__ void __launch_bounds__(kThreads) each_kernel(std::int64_t count, Body body) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kThreads;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count;
       i += stride)
    body(i);
}

// The sum over the lanes of a warp, in lane 0, always in the same order.
__device__ inline double warp_sum(double value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) value += __shfl_down_sync(0xffffffffu, value, offset);
  return value;
}

// One block a part of a row at a time. Where a row is one part the block finishes it, else its sums go to
// `partial`.
template <typename Body, typename Done>
__global__ void __launch_bounds__(kThreads)
    sums_kernel(std::int64_t rows, std::int64_t count, SumParts cut, Body body, Done done, double* partial) {
  using Result = std::decay_t<decltype(body(std::int64_t{}, std::int64_t{}))>;
  constexpr int kSums = Result::kCount, kWarps = kThreads / kWarp;
  __shared__ double of_warp[kWarps][kSums];
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  for (std::int64_t item = blockIdx.x; item < rows * cut.parts; item += gridDim.x) {
    const std::int64_t row = item / cut.parts, begin = item % cut.parts * cut.length;
    const std::int64_t end = begin + cut.length < count ? begin + cut.length : count;
    Result own;
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) own += body(row, i);
    for (int k = 0; k < kSums; ++k) {
      const double sum = warp_sum(static_cast<double>(own.value[k]));
      if (lane == 0) of_warp[warp][k] = sum;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      double total[kSums];
      for (int k = 0; k < kSums; ++k) {
        total[k] = 0;
        for (int w = 0; w < kWarps; ++w) total[k] += of_warp[w][k];
        if (cut.parts > 1) partial[item * kSums + k] = total[k];
      }
      if (cut.parts == 1) done(row, static_cast<const double*>(total));
    }
    __syncthreads();
  }
}

// One warp a row adds up the sums of its parts.
template <int K, typename Done>
__global__ void __launch_bounds__(kWarp)
    finish_sums_kernel(std::int64_t parts, Done done, const double* partial) {
  const std::int64_t row = blockIdx.x;
  double total[K];
  for (int k = 0; k < K; ++k) {
    double own = 0;
    for (std::int64_t part = threadIdx.x; part < parts; part += kWarp)
      own += partial[(row * parts + part) * K + k];
    total[k] = warp_sum(own);
  }
  if (threadIdx.x == 0) done(row, static_cast<const double*>(total));
}

template <typename Body>
void launch(Stream& stream, std::int64_t count, const Body& body) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  if (count <= 0) return;
  auto* const queue = static_cast<cudaStream_t>(stream.native());
  static const int resident = resident_blocks(stream, reinterpret_cast<const void*>(each_kernel<Body>));
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  each_kernel<<<static_cast<unsigned>(blocks < resident ? blocks : resident), kThreads, 0, queue>>>(count,
                                                                                                    body);
  check_launch(typeid(Body));
}

template <typename Body, typename Done>
void launch_sums(Stream& stream, std::int64_t rows, std::int64_t count, const Body& body, const Done& done) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 2000, "arguments of a kernel");
  static_assert(std::is_trivially_copyable_v<Done> && sizeof(Done) <= 2000, "arguments of a kernel");
  using Result = std::decay_t<decltype(body(std::int64_t{}, std::int64_t{}))>;
  if (rows <= 0) return;
  auto* const queue = static_cast<cudaStream_t>(stream.native());
  const SumParts cut = sum_parts(rows, count);
  static const int resident = resident_blocks(stream, reinterpret_cast<const void*>(sums_kernel<Body, Done>));
  const std::int64_t blocks = rows * cut.parts;
  sums_kernel<<<static_cast<unsigned>(blocks < resident ? blocks : resident), kThreads, 0, queue>>>(
      rows, count, cut, body, done, stream.scratch());
  check_launch(typeid(Body));
  if (cut.parts == 1) return;
  finish_sums_kernel<Result::kCount>
      <<<static_cast<unsigned>(rows), kWarp, 0, queue>>>(cut.parts, done, stream.scratch());
  check_launch(typeid(Done));
}

}  // namespace convlstm::cuda
