// Arguments that are no handles: pointers, struct sizes, reserved fields, enumerations, numbers.
#include <cmath>
#include <limits>
#include <optional>

#include "support/fixture.h"
#include "support/world.h"

namespace convlstm::test {
namespace {

constexpr std::int64_t kHuge = std::int64_t{1} << 40;

class Arguments : public CapiTest {
 protected:
  std::optional<World> world{std::in_place};
  World& w = *world;
  cln_context* context = nullptr;
  cln_tensor* tensor = nullptr;
  cln_layer* layer = nullptr;
  cln_state* state = nullptr;
  cln_session* session = nullptr;
  cln_reserve* reserve = nullptr;
  cln_optimizer* optimizer = nullptr;
  float floats[World::kRecurrentKernel] = {};
  const std::int64_t dims[2] = {3, 3};

  void SetUp() override {}  // the world is alive already
  void TearDown() override {
    for (const void* made :
         std::initializer_list<const void*>{context, tensor, layer, state, session, reserve, optimizer})
      EXPECT_EQ(made, nullptr) << "a failed call wrote its output";
    world.reset();
    CapiTest::TearDown();
  }

  cln_status create_context(std::int32_t kind, std::int32_t index, std::int32_t threads) {
    const cln_context_desc desc{sizeof desc, kind, index, threads, CLN_POLICY_FAST, CLN_MATH_FLOAT32, 0};
    return cln_context_create(&desc, &context);
  }
  cln_status create_session(std::int64_t n, std::int64_t h, std::int64_t width) {
    const cln_session_desc desc{sizeof desc, 0, n, {h, width, 0}};
    return cln_session_create(w.context.get(), w.layer.get(), &desc, &session);
  }
};

TEST_F(Arguments, NullPointers_AreRefusedByName) {
  cln_recurrent_desc recurrent = recurrent_desc(1, 1);
  const cln_session_desc run{sizeof run, 0, 1, {3, 3, 0}};
  cln_optimizer_desc adam;
  ok(cln_optimizer_desc_init(&adam));
  const auto null = CLN_NULL_ARGUMENT;
  auto* const c = w.context.get();
  auto* const l = w.layer.get();
  expect_failure(null, cln_context_desc_init(nullptr), {"desc", "NULL"});
  expect_failure(null, cln_recurrent_desc_init(nullptr), {"desc", "NULL"});
  expect_failure(null, cln_conv_desc_init(nullptr), {"desc", "NULL"});
  expect_failure(null, cln_session_desc_init(nullptr), {"desc", "NULL"});
  expect_failure(null, cln_optimizer_desc_init(nullptr), {"desc", "NULL"});
  expect_failure(null, cln_context_create(nullptr, nullptr), {"out"});
  expect_failure(null, cln_context_get_info(c, nullptr), {"out"});
  expect_failure(null, cln_tensor_create(c, 0, nullptr, 2, &tensor), {"dims"});
  expect_failure(null, cln_tensor_create(c, 0, dims, 2, nullptr), {"out"});
  expect_failure(null, cln_tensor_borrow(c, 0, nullptr, 2, floats, 9, &tensor), {"dims"});
  expect_failure(null, cln_tensor_borrow(c, 0, dims, 2, nullptr, 9, &tensor), {"data"});
  expect_failure(null, cln_tensor_borrow(c, 0, dims, 2, floats, 9, nullptr), {"out"});
  expect_failure(null, cln_tensor_get_info(w.x.get(), nullptr), {"out"});
  expect_failure(null, cln_tensor_get_data(w.x.get(), nullptr), {"out"});
  expect_failure(null, cln_tensor_upload(w.x.get(), nullptr, World::kX), {"data"});
  expect_failure(null, cln_tensor_download(w.x.get(), nullptr, World::kX), {"data"});
  expect_failure(null, cln_recurrent_create(c, nullptr, &layer), {"desc"});
  expect_failure(null, cln_recurrent_create(c, &recurrent, nullptr), {"out"});
  expect_failure(null, cln_conv_create(c, nullptr, &layer), {"desc"});
  expect_failure(null, cln_layer_get_parameter_count(l, nullptr), {"out"});
  expect_failure(null, cln_layer_get_parameter_info(l, 0, nullptr), {"out"});
  expect_failure(null, cln_layer_set_parameter(l, 2, nullptr, 8), {"data"});
  expect_failure(null, cln_layer_get_parameter(l, 2, nullptr, 8), {"data"});
  expect_failure(null, cln_layer_get_gradient(l, 2, nullptr, 8), {"data"});
  expect_failure(null, cln_state_create(c, l, 1, nullptr, 2, &state), {"size"});
  expect_failure(null, cln_state_create(c, l, 1, dims, 2, nullptr), {"out"});
  expect_failure(null, cln_state_get_part_count(w.state.get(), nullptr), {"out"});
  expect_failure(null, cln_state_upload(w.state.get(), 0, nullptr, World::kPart), {"data"});
  expect_failure(null, cln_state_download(w.state.get(), 0, nullptr, World::kPart), {"data"});
  expect_failure(null, cln_session_create(c, l, nullptr, &session), {"desc"});
  expect_failure(null, cln_session_create(c, l, &run, nullptr), {"out"});
  expect_failure(null, cln_session_get_info(w.session.get(), nullptr), {"out"});
  expect_failure(null, cln_session_forward_host(w.session.get(), 1, nullptr, 9, nullptr, nullptr, floats, 18),
                 {"x"});
  expect_failure(null, cln_session_forward_host(w.session.get(), 1, nullptr, 0, nullptr, nullptr, floats, 18),
                 {"x"});
  expect_failure(null, cln_session_forward_host(w.session.get(), 1, floats, 9, nullptr, nullptr, nullptr, 18),
                 {"y"});
  expect_failure(null, cln_reserve_create(w.session.get(), 1, nullptr, nullptr), {"out"});
  expect_failure(null, cln_reserve_get_bytes(w.reserve.get(), nullptr), {"out"});
  expect_failure(null, cln_device_get_count(CLN_DEVICE_CPU, nullptr), {"out"});
  expect_failure(null, cln_device_get_info(CLN_DEVICE_CPU, 0, nullptr), {"out"});
  expect_failure(null, cln_device_get_report(CLN_DEVICE_CPU, nullptr, nullptr), {"out"});
  expect_failure(null, cln_optimizer_create(c, nullptr, &optimizer), {"desc"});
  expect_failure(null, cln_optimizer_create(c, &adam, nullptr), {"out"});
  expect_failure(null, cln_optimizer_get_gradient_norm(w.optimizer.get(), nullptr), {"out"});
  expect_failure(null, cln_optimizer_get_step_count(w.optimizer.get(), nullptr), {"out"});
  expect_failure(null, cln_optimizer_get_slot_count(w.optimizer.get(), nullptr), {"out"});
  expect_failure(null, cln_optimizer_get_slot(w.optimizer.get(), l, 2, 0, nullptr, 8), {"data"});
  expect_failure(null, cln_optimizer_set_slot(w.optimizer.get(), l, 2, 0, nullptr, 8), {"data"});
}

TEST_F(Arguments, StructSizes_ThatAreNotTheLibrarys_AreRefused) {
  const auto invalid = CLN_INVALID_ARGUMENT;
  for (const std::uint32_t size : {0u, 4u, 1000u}) {
    cln_context_desc context_of{size, 0, 0, 0, 0, 0, 0};
    cln_context_info context_info{size, 0, 0, 0, 0, 0, 0, 0, 0, 0, nullptr, nullptr};
    cln_device_info device_info{size, 0, 0, 0, 0, 0, 0, nullptr};
    cln_tensor_info tensor_info{size, 0, 0, 0, {}, 0, 0, 0};
    cln_recurrent_desc recurrent = recurrent_desc(1, 1);
    recurrent.struct_size = size;
    cln_conv_desc conv{size, 2, 1, 0, 1, 1, {1, 1, 1}, 0};
    cln_parameter_info parameter{size, 0, {}, 0, nullptr};
    cln_session_desc run{size, 0, 1, {3, 3, 0}};
    cln_session_info session_info{size, 0, 0, 0, {}, nullptr};
    const cln_run_options options{size, 0, -1, nullptr, 0, nullptr, 0, 0};
    const cln_reserve_options bounds{size, 0, 0, 0};
    cln_optimizer_desc adam{size, 1, 0.1f, 0, 0.9f, 0.9f, 0.1f, 0};
    const std::string got = "got " + std::to_string(size);
    expect_failure(invalid, cln_context_create(&context_of, &context),
                   {"desc.struct_size", "expected 28", got});
    expect_failure(invalid, cln_context_get_info(w.context.get(), &context_info),
                   {"out.struct_size", "64", got});
    expect_failure(invalid, cln_device_get_info(CLN_DEVICE_CPU, 0, &device_info),
                   {"out.struct_size", "40", got});
    expect_failure(invalid, cln_tensor_get_info(w.x.get(), &tensor_info), {"out.struct_size", "96", got});
    expect_failure(invalid, cln_recurrent_create(w.context.get(), &recurrent, &layer),
                   {"desc.struct_size", got});
    expect_failure(invalid, cln_conv_create(w.context.get(), &conv, &layer), {"desc.struct_size", got});
    expect_failure(invalid, cln_layer_get_parameter_info(w.layer.get(), 0, &parameter),
                   {"out.struct_size", got});
    expect_failure(invalid, cln_session_create(w.context.get(), w.layer.get(), &run, &session),
                   {"desc.struct_size", got});
    expect_failure(invalid, cln_session_get_info(w.session.get(), &session_info), {"out.struct_size", got});
    expect_failure(invalid, cln_optimizer_create(w.context.get(), &adam, &optimizer),
                   {"desc.struct_size", got});
    expect_failure(invalid, cln_session_forward(w.session.get(), 2, w.x.get(), &options, nullptr, w.y.get()),
                   {"options.struct_size", got});
    expect_failure(invalid, cln_reserve_create(w.session.get(), 2, &bounds, &reserve),
                   {"options.struct_size", got});
  }
}

TEST_F(Arguments, ReservedFields_ThatAreNotZero_AreRefused) {
  const cln_session_desc run{sizeof run, 7, 1, {3, 3, 0}};
  expect_failure(CLN_INVALID_ARGUMENT, cln_session_create(w.context.get(), w.layer.get(), &run, &session),
                 {"desc.reserved", "expected 0", "got 7"});
  cln_conv_desc conv{sizeof conv, 2, 1, 5, 1, 1, {1, 1, 1}, 0};
  expect_failure(CLN_INVALID_ARGUMENT, cln_conv_create(w.context.get(), &conv, &layer),
                 {"desc.reserved", "got 5"});
  conv.reserved = 0;
  conv.reserved2 = -1;
  expect_failure(CLN_INVALID_ARGUMENT, cln_conv_create(w.context.get(), &conv, &layer),
                 {"desc.reserved2", "-1"});
}

TEST_F(Arguments, Enumerations_OutOfRange_AreRefused) {
  const auto invalid = CLN_INVALID_ARGUMENT;
  const auto create = [&](std::int32_t cln_recurrent_desc::*field, std::int32_t value) {
    cln_recurrent_desc desc = recurrent_desc(1, 1);
    desc.*field = value;
    return cln_recurrent_create(w.context.get(), &desc, &layer);
  };
  for (const std::int32_t value : {-1, 4, 99, std::numeric_limits<std::int32_t>::min()}) {
    const std::string got = "got " + std::to_string(value);
    expect_failure(invalid, create_context(value, 0, 1), {"desc.device_kind", "cln_device_kind", got});
    expect_failure(invalid, cln_tensor_create(w.context.get(), value, dims, 2, &tensor), {"dtype", got});
    expect_failure(invalid, cln_tensor_borrow(w.context.get(), value, dims, 2, floats, 9, &tensor),
                   {"dtype", got});
    expect_failure(invalid, create(&cln_recurrent_desc::cell, value), {"desc.cell", got});
    expect_failure(invalid, create(&cln_recurrent_desc::output, value), {"desc.output", got});
    expect_failure(invalid, create(&cln_recurrent_desc::peephole, value), {"desc.peephole", got});
    const cln_conv_desc conv{sizeof conv, 2, value, 0, 1, 1, {1, 1, 1}, 0};
    expect_failure(invalid, cln_conv_create(w.context.get(), &conv, &layer), {"desc.bias", got});
    float loss = 0;
    expect_failure(
        invalid,
        cln_loss_evaluate(w.context.get(), value, w.y.get(), w.target.get(), nullptr, nullptr, &loss),
        {"loss_kind", got});
    const cln_optimizer_desc desc{sizeof desc, value, 0.1f, 0, 0.9f, 0.9f, 0.1f, 0};
    expect_failure(invalid, cln_optimizer_create(w.context.get(), &desc, &optimizer), {"desc.kind", got});
  }
  for (const std::int32_t value : {-1, 4, 99, std::numeric_limits<std::int32_t>::min()}) {
    const std::string got = "got " + std::to_string(value);
    using Desc = cln_recurrent_desc;
    expect_failure(invalid, create(&Desc::layout, value), {"desc.layout", "cln_layout", got});
    expect_failure(invalid, create(&Desc::bias, value), {"desc.bias", "cln_bias", got});
    expect_failure(invalid, create(&Desc::gate_activation, value),
                   {"desc.gate_activation", "cln_gate_activation", got});
    expect_failure(invalid, create(&Desc::cell_activation, value),
                   {"desc.cell_activation", "cln_cell_activation", got});
  }
  expect_failure(invalid, create(&cln_recurrent_desc::bias, 3), {"desc.bias", "0 to 2", "got 3"});
  expect_failure(invalid, create(&cln_recurrent_desc::gate_activation, 3),
                 {"desc.gate_activation", "0 to 2"});
  expect_failure(invalid, create(&cln_recurrent_desc::reserved, 1), {"desc.reserved", "expected 0", "got 1"});
  expect_failure(invalid, cln_debug_get_live(-1, nullptr, nullptr), {"object_kind", "-1"});
  expect_failure(invalid, cln_debug_get_live(CLN_OBJECT_KIND_COUNT, nullptr, nullptr), {"object_kind", "7"});
}

TEST_F(Arguments, ContextNumbers_OutOfRange_AreRefused) {
  expect_failure(CLN_INVALID_ARGUMENT, create_context(0, 0, -1), {"desc.thread_count", "0 to 1024", "-1"});
  expect_failure(CLN_INVALID_ARGUMENT, create_context(0, 0, 1025), {"desc.thread_count", "1025"});
  expect_failure(CLN_INVALID_ARGUMENT, create_context(0, -1, 1), {"device_index", "-1"});
  expect_failure(CLN_INVALID_ARGUMENT, create_context(0, 1, 1), {"device_index", "1"});
  const auto create = [&](const cln_context_desc& desc) { return cln_context_create(&desc, &context); };
  const std::uint32_t size = sizeof(cln_context_desc);
  expect_failure(CLN_INVALID_ARGUMENT, create({size, 0, 0, 1, 2, 0, 0}),
                 {"desc.policy", "cln_policy", "got 2"});
  expect_failure(CLN_INVALID_ARGUMENT, create({size, 0, 0, 1, 0, 4, 0}), {"desc.math", "cln_math", "got 4"});
  expect_failure(CLN_INVALID_ARGUMENT, create({size, 0, 0, 1, 0, 0, 2}), {"desc.is_deterministic", "got 2"});
  expect_failure(CLN_UNSUPPORTED, create({size, 0, 0, 1, 0, CLN_MATH_TF32, 0}), {"math", "CPU", "got 1"});
  expect_failure(CLN_INVALID_ARGUMENT, create({size, 1, 0, 1, CLN_POLICY_EXACT, CLN_MATH_BFLOAT16, 0}),
                 {"math", "CLN_POLICY_EXACT", "got 2"});
}

TEST_F(Arguments, LayerNumbers_OutOfRange_AreRefused) {
  const auto fails = [&](cln_status status, std::initializer_list<std::string> parts, const auto& change) {
    cln_recurrent_desc desc = recurrent_desc(1, 1);
    change(desc);
    expect_failure(status, cln_recurrent_create(w.context.get(), &desc, &layer), parts);
  };
  fails(CLN_INVALID_ARGUMENT, {"desc.rank", "expected 1 to 3", "got 0"}, [](auto& d) { d.rank = 0; });
  fails(CLN_INVALID_ARGUMENT, {"desc.rank", "expected 1 to 3", "got 4"}, [](auto& d) { d.rank = 4; });
  fails(CLN_INVALID_ARGUMENT, {"desc.input_channels", "-1"}, [](auto& d) { d.input_channels = -1; });
  fails(CLN_INVALID_ARGUMENT, {"desc.hidden_channels", "got 0"}, [](auto& d) { d.hidden_channels = 0; });
  fails(CLN_INVALID_ARGUMENT, {"desc.input_kernel", "1 to 63", "64"},
        [](auto& d) { d.input_kernel[1] = 64; });
  fails(CLN_INVALID_ARGUMENT, {"desc.recurrent_kernel", "0"}, [](auto& d) { d.recurrent_kernel[0] = 0; });
  fails(CLN_NOT_FINITE, {"desc.forget_bias", "nan"}, [](auto& d) { d.forget_bias = std::nanf(""); });
  fails(CLN_NOT_FINITE, {"desc.cell_clip", "nan"}, [](auto& d) { d.cell_clip = std::nanf(""); });
  fails(CLN_NOT_FINITE, {"desc.cell_clip", "inf"}, [](auto& d) { d.cell_clip = INFINITY; });
  fails(CLN_INVALID_ARGUMENT, {"desc.cell_clip", "at least 0", "-0.5"}, [](auto& d) { d.cell_clip = -0.5f; });
  fails(CLN_SIZE_OVERFLOW, {"desc.input_channels"}, [](auto& d) { d.input_channels = INT64_MAX; });
  fails(CLN_SIZE_OVERFLOW, {"desc.hidden_channels"}, [](auto& d) { d.hidden_channels = INT64_MAX; });
  fails(CLN_SIZE_OVERFLOW, {"desc.hidden_channels"}, [](auto& d) { d.hidden_channels = kHuge; });

  const auto conv_fails = [&](cln_status status, const char* field, std::int64_t in, std::int64_t out,
                              std::int32_t rank, std::int32_t kernel) {
    const cln_conv_desc desc{sizeof desc, rank, 1, 0, in, out, {kernel, kernel, 0}, 0};
    expect_failure(status, cln_conv_create(w.context.get(), &desc, &layer), {field});
  };
  conv_fails(CLN_INVALID_ARGUMENT, "desc.input_channels", 0, 1, 2, 1);
  conv_fails(CLN_INVALID_ARGUMENT, "desc.output_channels", 1, -5, 2, 1);
  conv_fails(CLN_INVALID_ARGUMENT, "desc.rank", 1, 1, 4, 1);
  conv_fails(CLN_INVALID_ARGUMENT, "desc.kernel", 1, 1, 2, 64);
  conv_fails(CLN_SIZE_OVERFLOW, "desc.output_channels", kHuge, kHuge, 2, 1);
}

TEST_F(Arguments, RunNumbers_OutOfRange_AreRefused) {
  expect_failure(CLN_INVALID_ARGUMENT, create_session(0, 3, 3), {"desc.batch", "at least 1", "got 0"});
  expect_failure(CLN_INVALID_ARGUMENT, create_session(1, -2, 3), {"desc.size[0]", "-2"});
  expect_failure(CLN_INVALID_ARGUMENT, create_session(1, 3, 0), {"desc.size[1]", "got 0"});
  expect_failure(CLN_SIZE_OVERFLOW, create_session(kHuge, kHuge, 3), {"desc.size"});
  expect_failure(CLN_SIZE_OVERFLOW, create_session(INT64_MAX, INT64_MAX, INT64_MAX), {"desc.size"});

  auto* const s = w.session.get();
  for (const std::int64_t steps : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    const std::string got = "got " + std::to_string(steps);
    expect_failure(CLN_INVALID_ARGUMENT,
                   cln_session_forward(s, steps, w.x.get(), nullptr, nullptr, w.y.get()),
                   {"steps", "at least 1", got});
    expect_failure(CLN_INVALID_ARGUMENT,
                   cln_session_forward_host(s, steps, floats, 9, nullptr, nullptr, floats + 9, 18),
                   {"steps", got});
    expect_failure(CLN_INVALID_ARGUMENT, cln_reserve_create(s, steps, nullptr, &reserve), {"max_steps", got});
  }
  expect_failure(CLN_SIZE_OVERFLOW, cln_session_forward(s, INT64_MAX, w.x.get(), nullptr, nullptr, w.y.get()),
                 {"steps"});
  expect_failure(CLN_SIZE_OVERFLOW, cln_reserve_create(s, INT64_MAX / 8, nullptr, &reserve), {"max_steps"});
}

TEST_F(Arguments, RunCounts_ThatDoNotFit_AreRefusedWithBothCounts) {
  auto* const s = w.session.get();
  const auto mismatch = CLN_SHAPE_MISMATCH;
  expect_failure(mismatch, cln_session_forward(s, 1, w.x.get(), nullptr, nullptr, w.y.get()),
                 {"x:", "expected 9 elements (T*N*C*H*W)", "got 18"});
  expect_failure(mismatch, cln_session_forward(s, 2, w.x.get(), nullptr, nullptr, w.x.get()),
                 {"y:", "expected 36 elements (T*N*F*H'*W')", "got 18"});
  expect_failure(mismatch, cln_session_forward_host(s, 1, floats, 8, nullptr, nullptr, floats + 9, 18),
                 {"x_count", "expected 9", "got 8"});
  expect_failure(mismatch, cln_session_forward_host(s, 1, floats, -9, nullptr, nullptr, floats + 9, 18),
                 {"x_count", "-9"});
  expect_failure(mismatch, cln_session_forward_host(s, 1, floats, 9, nullptr, nullptr, floats + 9, 17),
                 {"y_count", "expected 18", "got 17"});
  const State wide = make_state(w.context, w.layer, {1, 3, 4});
  expect_failure(mismatch, cln_session_forward(s, 2, w.x.get(), nullptr, wide.get(), w.y.get()),
                 {"state", "W 3", "W 4"});
  w.forward_training();
  const Tensor empty = make_tensor(w.context, {0});
  expect_failure(mismatch, cln_session_backward(s, w.x.get(), w.reserve.get(), w.x.get(), nullptr, nullptr),
                 {"dy:", "expected 36", "got 18"});
  expect_failure(mismatch, cln_session_backward(s, w.x.get(), w.reserve.get(), empty.get(), nullptr, nullptr),
                 {"dy:", "expected 36", "got 0"});
  expect_failure(mismatch, cln_session_backward(s, w.x.get(), w.reserve.get(), nullptr, nullptr, empty.get()),
                 {"dx:", "expected 18", "got 0"});
  expect_failure(mismatch, cln_session_backward(s, w.y.get(), w.reserve.get(), nullptr, nullptr, nullptr),
                 {"x:", "expected 18", "got 36"});
  expect_failure(mismatch, cln_session_backward(s, w.x.get(), w.reserve.get(), nullptr, wide.get(), nullptr),
                 {"dstate"});
  ok(cln_session_backward(s, w.x.get(), w.reserve.get(), nullptr, nullptr, nullptr));
}

TEST_F(Arguments, Memory_ThatOverlapsOrIsNotAligned_IsRefused) {
  auto* const s = w.session.get();
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_forward_host(s, 1, floats, 9, nullptr, nullptr, floats + 8, 18),
                 {"y", "x", "overlap"});
  const Context cpu = make_cpu_context();
  auto* const odd = reinterpret_cast<float*>(reinterpret_cast<char*>(floats) + 2);
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_forward_host(s, 1, odd, 9, nullptr, nullptr, floats + 18, 18), {"x", "aligned"});
  expect_failure(CLN_INVALID_ARGUMENT, cln_tensor_borrow(cpu.get(), 0, dims, 2, odd, 9, &tensor),
                 {"data", "aligned"});
  w.forward_training();
  expect_failure(CLN_INVALID_ARGUMENT,
                 cln_session_backward(s, w.x.get(), w.reserve.get(), nullptr, nullptr, w.x.get()),
                 {"dx", "x", "overlap"});
}

}  // namespace
}  // namespace convlstm::test
