// The shapes that the project is measured on; the same table is in the managed benchmark
// (managed/ConvLstmNative.Benchmarks/Shapes/BenchmarkShape.cs).
#pragma once

#include <cstdint>
#include <span>

namespace convlstm::benchmarks {

struct Shape {
  const char* id;
  std::int64_t size, inputs, hidden, kernel, steps, batch;
  int layers;
  bool is_trained, is_streamed;

  std::int64_t area() const { return size * size; }
  std::int64_t inputs_of(int layer) const { return layer == 0 ? inputs : hidden; }
  std::int64_t state_count() const { return batch * hidden * area(); }
  std::int64_t input_count(int layer) const { return steps * batch * inputs_of(layer) * area(); }

  // Floating-point operations of the convolutions done directly. The training step multiplies three times as
  // much, but for the gradients by the first input and by the initial state, which nobody asks for.
  double operations(bool is_training) const;

  // The same layer fed a step at a time.
  Shape stream() const;
};

std::span<const Shape> all_shapes();

}  // namespace convlstm::benchmarks
