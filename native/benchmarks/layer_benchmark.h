#pragma once

namespace convlstm::benchmarks {

// Registers forward and training step of every shape of the table, for the backend's instruction set and
// `threads` threads.
void register_layer_benchmarks(int threads);

}  // namespace convlstm::benchmarks
