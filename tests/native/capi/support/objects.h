// Short ways to make objects in a test. A call that fails throws, which fails the test.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "convlstm_native.h"

namespace convlstm::test {

using Floats = std::vector<float>;

// Throws with the library's own message where `status` is not CLN_OK.
void ok(cln_status status);

// Expects a failure whose message holds all of `parts`.
void expect_failure(cln_status expected, cln_status actual, std::initializer_list<std::string> parts);

template <typename Handle, cln_status (*Destroy)(Handle*)>
struct Destroyer {
  void operator()(Handle* handle) const { ok(Destroy(handle)); }
};
template <typename Handle, cln_status (*Destroy)(Handle*)>
using Owner = std::unique_ptr<Handle, Destroyer<Handle, Destroy>>;

using Context = Owner<cln_context, cln_context_destroy>;
using Tensor = Owner<cln_tensor, cln_tensor_destroy>;
using Layer = Owner<cln_layer, cln_layer_destroy>;
using State = Owner<cln_state, cln_state_destroy>;
using Session = Owner<cln_session, cln_session_destroy>;
using Reserve = Owner<cln_reserve, cln_reserve_destroy>;
using Optimizer = Owner<cln_optimizer, cln_optimizer_destroy>;

// Sizes of a batch of images.
struct Shape {
  std::int64_t n = 1, h = 1, w = 1;
};

// Whether the tests run on CUDA device 0: where the environment variable CLN_TEST_DEVICE says "cuda".
bool is_on_gpu();
// On the device of the tests; `threads`: of the CPU.
Context make_context(std::int32_t threads = 1);
// On the CPU, whatever the device of the tests is.
Context make_cpu_context(std::int32_t threads = 1);
cln_recurrent_desc recurrent_desc(std::int64_t input_channels, std::int64_t hidden_channels);
Layer make_recurrent(const Context& context, const cln_recurrent_desc& desc);
Layer make_conv(const Context& context, std::int64_t input_channels, std::int64_t output_channels,
                std::int32_t kernel = 1);
cln_session_desc session_desc(const Shape& shape);
Session make_session(const Context& context, const Layer& layer, const Shape& shape);
State make_state(const Context& context, const Layer& layer, const Shape& shape);
Reserve make_reserve(const Session& session, std::int64_t max_steps);
Tensor make_tensor(const Context& context, const std::vector<std::int64_t>& dims);
Tensor make_tensor(const Context& context, const std::vector<std::int64_t>& dims, const Floats& values);
Optimizer make_optimizer(const Context& context, const cln_optimizer_desc& desc);

// Uniform in [-1, 1), the same for a seed.
Floats random_floats(std::int64_t count, std::uint64_t seed);
// NaN, for outputs of which every element must be written.
Floats poison(std::int64_t count);

Floats values_of(const Tensor& tensor);
Floats part_of(const State& state, std::int32_t part, std::int64_t count);
std::int32_t parameter_count(const Layer& layer);
Floats parameter_of(const Layer& layer, std::int32_t index);
Floats gradient_of(const Layer& layer, std::int32_t index);
void set_parameter(const Layer& layer, std::int32_t index, const Floats& values);
// Every parameter random in [-scale, scale).
void randomize(const Layer& layer, float scale, std::uint64_t seed);

// A forward over host memory.
Floats run(const Session& session, std::int64_t steps, const Floats& x, const State& state,
           std::int64_t y_count);

}  // namespace convlstm::test
