#include "support/objects.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>
#include <stdexcept>

namespace convlstm::test {
namespace {

std::int64_t element_count(const Layer& layer, std::int32_t index) {
  cln_parameter_info info{};
  info.struct_size = sizeof info;
  ok(cln_layer_get_parameter_info(layer.get(), index, &info));
  return info.element_count;
}

Context make_context(const cln_context_desc& desc) {
  cln_context* context = nullptr;
  ok(cln_context_create(&desc, &context));
  return Context(context);
}

std::int64_t size_of(const Floats& values) {
  return static_cast<std::int64_t>(values.size());
}

}  // namespace

void ok(cln_status status) {
  if (status != CLN_OK)
    throw std::runtime_error(std::string(cln_status_name(status)) + ": " + cln_last_error_message());
}

void expect_failure(cln_status expected, cln_status actual, std::initializer_list<std::string> parts) {
  const std::string message = cln_last_error_message();
  EXPECT_STREQ(cln_status_name(expected), cln_status_name(actual)) << message;
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

bool is_on_gpu() {
  const char* const device = std::getenv("CLN_TEST_DEVICE");
  return device != nullptr && std::string(device) == "cuda";
}

Context make_context(std::int32_t threads) {
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  if (is_on_gpu())
    desc.device_kind = CLN_DEVICE_CUDA;
  else
    desc.thread_count = threads;
  return make_context(desc);
}

Context make_cpu_context(std::int32_t threads) {
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.thread_count = threads;
  return make_context(desc);
}

cln_recurrent_desc recurrent_desc(std::int64_t input_channels, std::int64_t hidden_channels) {
  cln_recurrent_desc desc;
  ok(cln_recurrent_desc_init(&desc));
  desc.input_channels = input_channels;
  desc.hidden_channels = hidden_channels;
  return desc;
}

Layer make_recurrent(const Context& context, const cln_recurrent_desc& desc) {
  cln_layer* layer = nullptr;
  ok(cln_recurrent_create(context.get(), &desc, &layer));
  return Layer(layer);
}

Layer make_conv(const Context& context, std::int64_t input_channels, std::int64_t output_channels,
                std::int32_t kernel) {
  cln_conv_desc desc;
  ok(cln_conv_desc_init(&desc));
  desc.input_channels = input_channels;
  desc.output_channels = output_channels;
  desc.kernel[0] = desc.kernel[1] = kernel;
  cln_layer* layer = nullptr;
  ok(cln_conv_create(context.get(), &desc, &layer));
  return Layer(layer);
}

cln_session_desc session_desc(const Shape& shape) {
  cln_session_desc desc;
  ok(cln_session_desc_init(&desc));
  desc.batch = shape.n;
  desc.size[0] = shape.h;
  desc.size[1] = shape.w;
  return desc;
}

Session make_session(const Context& context, const Layer& layer, const Shape& shape) {
  const cln_session_desc desc = session_desc(shape);
  cln_session* session = nullptr;
  ok(cln_session_create(context.get(), layer.get(), &desc, &session));
  return Session(session);
}

State make_state(const Context& context, const Layer& layer, const Shape& shape) {
  const std::int64_t size[2] = {shape.h, shape.w};
  cln_state* state = nullptr;
  ok(cln_state_create(context.get(), layer.get(), shape.n, size, 2, &state));
  return State(state);
}

Reserve make_reserve(const Session& session, std::int64_t max_steps) {
  cln_reserve* reserve = nullptr;
  ok(cln_reserve_create(session.get(), max_steps, nullptr, &reserve));
  return Reserve(reserve);
}

Tensor make_tensor(const Context& context, const std::vector<std::int64_t>& dims) {
  cln_tensor* tensor = nullptr;
  ok(cln_tensor_create(context.get(), CLN_FLOAT32, dims.data(), static_cast<std::int32_t>(dims.size()),
                       &tensor));
  return Tensor(tensor);
}

Tensor make_tensor(const Context& context, const std::vector<std::int64_t>& dims, const Floats& values) {
  Tensor tensor = make_tensor(context, dims);
  ok(cln_tensor_upload(tensor.get(), values.data(), size_of(values)));
  return tensor;
}

Optimizer make_optimizer(const Context& context, const cln_optimizer_desc& desc) {
  cln_optimizer* optimizer = nullptr;
  ok(cln_optimizer_create(context.get(), &desc, &optimizer));
  return Optimizer(optimizer);
}

Floats random_floats(std::int64_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Floats out(static_cast<std::size_t>(count));
  for (float& value : out) value = static_cast<float>(engine() >> 40) * 0x1p-23f - 1.0f;
  return out;
}

Floats poison(std::int64_t count) {
  return Floats(static_cast<std::size_t>(count), std::numeric_limits<float>::quiet_NaN());
}

Floats values_of(const Tensor& tensor) {
  cln_tensor_info info{};
  info.struct_size = sizeof info;
  ok(cln_tensor_get_info(tensor.get(), &info));
  Floats out = poison(info.element_count);
  ok(cln_tensor_download(tensor.get(), out.data(), info.element_count));
  return out;
}

Floats part_of(const State& state, std::int32_t part, std::int64_t count) {
  Floats out = poison(count);
  ok(cln_state_download(state.get(), part, out.data(), count));
  return out;
}

std::int32_t parameter_count(const Layer& layer) {
  std::int32_t count = 0;
  ok(cln_layer_get_parameter_count(layer.get(), &count));
  return count;
}

Floats parameter_of(const Layer& layer, std::int32_t index) {
  Floats out = poison(element_count(layer, index));
  ok(cln_layer_get_parameter(layer.get(), index, out.data(), size_of(out)));
  return out;
}

Floats gradient_of(const Layer& layer, std::int32_t index) {
  Floats out = poison(element_count(layer, index));
  ok(cln_layer_get_gradient(layer.get(), index, out.data(), size_of(out)));
  return out;
}

void set_parameter(const Layer& layer, std::int32_t index, const Floats& values) {
  ok(cln_layer_set_parameter(layer.get(), index, values.data(), size_of(values)));
}

void randomize(const Layer& layer, float scale, std::uint64_t seed) {
  for (std::int32_t i = 0; i < parameter_count(layer); ++i) {
    Floats values = random_floats(element_count(layer, i), seed + static_cast<std::uint64_t>(i));
    for (float& value : values) value *= scale;
    set_parameter(layer, i, values);
  }
}

Floats run(const Session& session, std::int64_t steps, const Floats& x, const State& state,
           std::int64_t y_count) {
  Floats y = poison(y_count);
  const float* data = x.empty() ? nullptr : x.data();
  ok(cln_session_forward_host(session.get(), steps, data, size_of(x), nullptr, state.get(), y.data(),
                              y_count));
  return y;
}

}  // namespace convlstm::test
