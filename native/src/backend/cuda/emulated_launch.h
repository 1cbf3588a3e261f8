// launch.h on the emulated device: kernels are loops that are queued.
#pragma once

#include "backend/cuda/emulated_stream.h"
#include "backend/cuda/launch.h"

namespace convlstm::cuda {

template <typename Body>
void launch(Stream& stream, std::int64_t count, const Body& body) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 4000, "arguments of a kernel");
  if (count <= 0) return;
  // From the last to the first: whoever relies on an order is found out.
  emulated::enqueue(stream, [count, body] {
    for (std::int64_t i = count; i-- > 0;) body(i);
  });
}

template <typename Body, typename Done>
void launch_sums(Stream& stream, std::int64_t rows, std::int64_t count, const Body& body, const Done& done) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= 2000, "arguments of a kernel");
  static_assert(std::is_trivially_copyable_v<Done> && sizeof(Done) <= 2000, "arguments of a kernel");
  using Result = std::decay_t<decltype(body(std::int64_t{}, std::int64_t{}))>;
  if (rows <= 0) return;
  stream.scratch();  // which the device would use
  emulated::enqueue(stream, [rows, count, body, done] {
    constexpr std::int64_t kThreads = 256;
    const SumParts cut = sum_parts(rows, count);
    for (std::int64_t row = 0; row < rows; ++row) {
      double total[Result::kCount] = {};
      for (std::int64_t begin = 0; begin < count; begin += cut.length) {
        const std::int64_t end = begin + cut.length < count ? begin + cut.length : count;
        for (std::int64_t thread = begin; thread < begin + kThreads && thread < end; ++thread) {
          Result own;
          for (std::int64_t i = thread; i < end; i += kThreads) own += body(row, i);
          for (int k = 0; k < Result::kCount; ++k) total[k] += static_cast<double>(own.value[k]);
        }
      }
      done(row, static_cast<const double*>(total));
    }
  });
}

}  // namespace convlstm::cuda
