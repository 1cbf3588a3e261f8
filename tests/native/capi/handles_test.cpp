// Every parameter of every function that is a handle refuses what is not a live handle of its kind.
#include <functional>
#include <set>

#include "support/fixture.h"
#include "support/header.h"
#include "support/world.h"

namespace convlstm::test {
namespace {

// A function with valid arguments, but for the handle `argument`, which it is given.
struct HandleCase {
  const char* function;
  const char* argument;
  bool nullable;
  std::function<cln_status(const World&, void*)> call;
};

template <typename Handle>
Handle* as(void* handle) {
  return static_cast<Handle*>(handle);
}

float floats[World::kY];
std::int64_t big;
std::int32_t small;
float* address;
const std::int64_t dims[] = {3, 3};
cln_tensor* tensor_out;
cln_layer* layer_out;
cln_state* state_out;
cln_session* session_out;
cln_reserve* reserve_out;
cln_optimizer* optimizer_out;
cln_context_info context_info{sizeof(cln_context_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, nullptr, nullptr};
cln_tensor_info tensor_info{sizeof(cln_tensor_info), 0, 0, 0, {}, 0, 0, 0};
cln_parameter_info parameter_info{sizeof(cln_parameter_info), 0, {}, 0, nullptr};
cln_session_info session_info{sizeof(cln_session_info), 0, 0, 0, {}, nullptr};

cln_recurrent_desc recurrent() {
  return recurrent_desc(1, 2);
}
cln_conv_desc conv() {
  cln_conv_desc desc;
  ok(cln_conv_desc_init(&desc));
  desc.input_channels = desc.output_channels = 1;
  return desc;
}
cln_session_desc session_desc() {
  cln_session_desc desc;
  ok(cln_session_desc_init(&desc));
  desc.size[0] = desc.size[1] = 3;
  return desc;
}
cln_optimizer_desc optimizer_desc() {
  cln_optimizer_desc desc;
  ok(cln_optimizer_desc_init(&desc));
  return desc;
}

#define CASE(function, argument, nullable, ...)                        \
  HandleCase {                                                         \
#function, #argument, nullable, [](const World& w, void* argument) { \
      static_cast<void>(w);                                            \
      return function(__VA_ARGS__);                                    \
    } \
  }
#define AS(kind, argument) as<cln_##kind>(argument)

const std::vector<HandleCase>& cases() {
  static const cln_recurrent_desc recurrent_of = recurrent();
  static const cln_conv_desc conv_of = conv();
  static const cln_session_desc session_of = session_desc();
  static const cln_optimizer_desc optimizer_of = optimizer_desc();
  static const std::vector<HandleCase> all = {
      CASE(cln_context_destroy, context, true, AS(context, context)),
      CASE(cln_context_get_info, context, false, AS(context, context), &context_info),
      CASE(cln_tensor_create, context, false, AS(context, context), 0, dims, 2, &tensor_out),
      CASE(cln_tensor_borrow, context, false, AS(context, context), 0, dims, 2, floats, 9, &tensor_out),
      CASE(cln_tensor_destroy, tensor, true, AS(tensor, tensor)),
      CASE(cln_tensor_get_info, tensor, false, AS(tensor, tensor), &tensor_info),
      CASE(cln_tensor_get_data, tensor, false, AS(tensor, tensor), &address),
      CASE(cln_tensor_upload, tensor, false, AS(tensor, tensor), floats, World::kY),
      CASE(cln_tensor_download, tensor, false, AS(tensor, tensor), floats, World::kY),
      CASE(cln_tensor_fill, tensor, false, AS(tensor, tensor), 1.0f),
      CASE(cln_tensor_sigmoid, tensor, false, AS(tensor, tensor)),
      CASE(cln_tensor_add, tensor, false, AS(tensor, tensor), w.x.get()),
      CASE(cln_tensor_add, other, false, w.x.get(), AS(tensor, other)),
      CASE(cln_tensor_copy_channels, source, false, AS(tensor, source), 0, 1, w.y.get(), 0),
      CASE(cln_tensor_copy_channels, destination, false, w.x.get(), 0, 1, AS(tensor, destination), 0),
      CASE(cln_recurrent_create, context, false, AS(context, context), &recurrent_of, &layer_out),
      CASE(cln_conv_create, context, false, AS(context, context), &conv_of, &layer_out),
      CASE(cln_layer_destroy, layer, true, AS(layer, layer)),
      CASE(cln_layer_get_parameter_count, layer, false, AS(layer, layer), &small),
      CASE(cln_layer_get_parameter_info, layer, false, AS(layer, layer), 0, &parameter_info),
      CASE(cln_layer_set_parameter, layer, false, AS(layer, layer), 2, floats, 8),
      CASE(cln_layer_get_parameter, layer, false, AS(layer, layer), 2, floats, 8),
      CASE(cln_layer_get_gradient, layer, false, AS(layer, layer), 2, floats, 8),
      CASE(cln_layer_zero_gradients, layer, false, AS(layer, layer)),
      CASE(cln_layer_initialize, layer, false, AS(layer, layer), 1),
      CASE(cln_state_create, context, false, AS(context, context), w.layer.get(), 1, dims, 2, &state_out),
      CASE(cln_state_create, layer, false, w.context.get(), AS(layer, layer), 1, dims, 2, &state_out),
      CASE(cln_state_destroy, state, true, AS(state, state)),
      CASE(cln_state_reset, state, false, AS(state, state)),
      CASE(cln_state_copy, source, false, AS(state, source), w.state.get()),
      CASE(cln_state_copy, destination, false, w.state.get(), AS(state, destination)),
      CASE(cln_state_get_part_count, state, false, AS(state, state), &small),
      CASE(cln_state_upload, state, false, AS(state, state), 0, floats, World::kPart),
      CASE(cln_state_download, state, false, AS(state, state), 0, floats, World::kPart),
      CASE(cln_session_create, context, false, AS(context, context), w.layer.get(), &session_of,
           &session_out),
      CASE(cln_session_create, layer, false, w.context.get(), AS(layer, layer), &session_of, &session_out),
      CASE(cln_session_destroy, session, true, AS(session, session)),
      CASE(cln_session_get_info, session, false, AS(session, session), &session_info),
      CASE(cln_context_set_tuning, context, false, AS(context, context), CLN_TUNING_OFF, nullptr),
      CASE(cln_session_get_plan, session, false, AS(session, session), 1, nullptr, 0, &big),
      CASE(cln_session_forward, session, false, AS(session, session), 2, w.x.get(), nullptr, nullptr,
           w.y.get()),
      CASE(cln_session_forward, x, false, w.session.get(), 2, AS(tensor, x), nullptr, nullptr, w.y.get()),
      CASE(cln_session_forward, state, true, w.session.get(), 2, w.x.get(), nullptr, AS(state, state),
           w.y.get()),
      CASE(cln_session_forward, y, false, w.session.get(), 2, w.x.get(), nullptr, nullptr, AS(tensor, y)),
      CASE(cln_session_forward_host, session, false, AS(session, session), 1, floats, 9, nullptr, nullptr,
           floats + 9, 18),
      CASE(cln_session_forward_host, state, true, w.session.get(), 1, floats, 9, nullptr, AS(state, state),
           floats + 9, 18),
      CASE(cln_reserve_create, session, false, AS(session, session), 1, nullptr, &reserve_out),
      CASE(cln_reserve_destroy, reserve, true, AS(reserve, reserve)),
      CASE(cln_reserve_get_bytes, reserve, false, AS(reserve, reserve), &big),
      CASE(cln_session_forward_training, session, false, AS(session, session), 2, w.x.get(), nullptr, nullptr,
           w.reserve.get(), w.y.get()),
      CASE(cln_session_forward_training, x, false, w.session.get(), 2, AS(tensor, x), nullptr, nullptr,
           w.reserve.get(), w.y.get()),
      CASE(cln_session_forward_training, state, true, w.session.get(), 2, w.x.get(), nullptr,
           AS(state, state), w.reserve.get(), w.y.get()),
      CASE(cln_session_forward_training, reserve, false, w.session.get(), 2, w.x.get(), nullptr, nullptr,
           AS(reserve, reserve), w.y.get()),
      CASE(cln_session_forward_training, y, false, w.session.get(), 2, w.x.get(), nullptr, nullptr,
           w.reserve.get(), AS(tensor, y)),
      CASE(cln_session_backward, session, false, AS(session, session), w.x.get(), w.reserve.get(), nullptr,
           nullptr, nullptr),
      CASE(cln_session_backward, x, false, w.session.get(), AS(tensor, x), w.reserve.get(), nullptr, nullptr,
           nullptr),
      CASE(cln_session_backward, reserve, false, w.session.get(), w.x.get(), AS(reserve, reserve), nullptr,
           nullptr, nullptr),
      CASE(cln_session_backward, dy, true, w.session.get(), w.x.get(), w.reserve.get(), AS(tensor, dy),
           nullptr, nullptr),
      CASE(cln_session_backward, dstate, true, w.session.get(), w.x.get(), w.reserve.get(), nullptr,
           AS(state, dstate), nullptr),
      CASE(cln_session_backward, dx, true, w.session.get(), w.x.get(), w.reserve.get(), nullptr, nullptr,
           AS(tensor, dx)),
      CASE(cln_loss_evaluate, context, false, AS(context, context), 0, w.y.get(), w.target.get(), nullptr,
           nullptr, floats),
      CASE(cln_loss_evaluate, prediction, false, w.context.get(), 0, AS(tensor, prediction), w.target.get(),
           nullptr, nullptr, floats),
      CASE(cln_loss_evaluate, target, false, w.context.get(), 0, w.y.get(), AS(tensor, target), nullptr,
           nullptr, floats),
      CASE(cln_loss_evaluate, weights, true, w.context.get(), 0, w.y.get(), w.target.get(),
           AS(tensor, weights), nullptr, floats),
      CASE(cln_loss_evaluate, gradient, true, w.context.get(), 0, w.y.get(), w.target.get(), nullptr,
           AS(tensor, gradient), floats),
      CASE(cln_optimizer_create, context, false, AS(context, context), &optimizer_of, &optimizer_out),
      CASE(cln_optimizer_destroy, optimizer, true, AS(optimizer, optimizer)),
      CASE(cln_optimizer_add_layer, optimizer, false, AS(optimizer, optimizer), w.other_layer.get()),
      CASE(cln_optimizer_add_layer, layer, false, w.optimizer.get(), AS(layer, layer)),
      CASE(cln_optimizer_set_learning_rate, optimizer, false, AS(optimizer, optimizer), 0.5f),
      CASE(cln_optimizer_step, optimizer, false, AS(optimizer, optimizer), nullptr),
      CASE(cln_optimizer_get_gradient_norm, optimizer, false, AS(optimizer, optimizer), floats),
      CASE(cln_optimizer_get_step_count, optimizer, false, AS(optimizer, optimizer), &big),
      CASE(cln_optimizer_set_step_count, optimizer, false, AS(optimizer, optimizer), 1),
      CASE(cln_optimizer_get_slot_count, optimizer, false, AS(optimizer, optimizer), &small),
      CASE(cln_optimizer_get_slot, optimizer, false, AS(optimizer, optimizer), w.layer.get(), 2, 0, floats,
           8),
      CASE(cln_optimizer_get_slot, layer, false, w.optimizer.get(), AS(layer, layer), 2, 0, floats, 8),
      CASE(cln_optimizer_set_slot, optimizer, false, AS(optimizer, optimizer), w.layer.get(), 2, 0, floats,
           8),
      CASE(cln_optimizer_set_slot, layer, false, w.optimizer.get(), AS(layer, layer), 2, 0, floats, 8),
  };
  return all;
}

// The handles of every function of the header, as "function argument".
std::set<std::string> declared_handles() {
  std::set<std::string> out;
  for (const DeclaredFunction& function : declared_functions()) {
    std::istringstream parameters(function.parameters);
    for (std::string parameter; std::getline(parameters, parameter, ',');)
      for (const char* kind : {"context", "tensor", "layer", "state", "session", "reserve", "optimizer"}) {
        const std::string type = "cln_" + std::string(kind) + "* ";
        const std::size_t at = parameter.find(type);
        if (at != std::string::npos) out.insert(function.name + " " + parameter.substr(at + type.size()));
      }
  }
  return out;
}

class Handles : public CapiTest {};

TEST_F(Handles, Table_HasEveryHandleOfTheHeader) {
  std::set<std::string> listed;
  for (const HandleCase& c : cases()) listed.insert(std::string(c.function) + " " + c.argument);
  EXPECT_EQ(listed, declared_handles());
}

TEST_F(Handles, Null_WhereNotNullable_IsRefused) {
  const World world;
  world.forward_training();
  for (const HandleCase& c : cases()) {
    if (c.nullable) continue;
    SCOPED_TRACE(c.function);
    expect_failure(CLN_NULL_ARGUMENT, c.call(world, nullptr), {c.argument, "expected", "NULL"});
  }
}

TEST_F(Handles, OfAnotherKind_IsRefusedWithBothKinds) {
  const World world;
  for (const HandleCase& c : cases()) {
    SCOPED_TRACE(c.function);
    const std::string argument = c.argument;
    const bool takes_context = argument == "context";
    void* const wrong = takes_context ? static_cast<void*>(world.optimizer.get()) : world.context.get();
    expect_failure(
        CLN_INVALID_HANDLE, c.call(world, wrong),
        {argument + ": expected a cln_", takes_context ? "got a cln_optimizer" : "got a cln_context"});
  }
}

TEST_F(Handles, ThatWereDestroyed_AreRefused) {
  World gone;
  const std::vector<void*> dead = {gone.context.get(),  gone.y.get(),       gone.layer.get(),
                                   gone.state.get(),    gone.session.get(), gone.reserve.get(),
                                   gone.optimizer.get()};
  gone = World();
  for (const HandleCase& c : cases()) {
    SCOPED_TRACE(c.function);
    int destroyed = 0;
    for (void* handle : dead) {
      EXPECT_EQ(c.call(gone, handle), CLN_INVALID_HANDLE);
      destroyed += std::string(cln_last_error_message()).find("was destroyed") != std::string::npos;
    }
    EXPECT_EQ(destroyed, 1) << "one of the handles was of the right kind";
  }
}

TEST_F(Handles, ThatAreAnyOtherValue_AreRefused) {
  const World world;
  int on_the_stack = 0;
  const auto from = [](std::uintptr_t value) { return reinterpret_cast<void*>(value); };
  void* const live = world.y.get();
  for (void* const value :
       {static_cast<void*>(&on_the_stack), from(1), from(UINTPTR_MAX), from(UINTPTR_MAX >> 1),
        from(reinterpret_cast<std::uintptr_t>(live) ^ (std::uintptr_t{0xff} << 40))})
    for (const HandleCase& c : cases()) {
      SCOPED_TRACE(c.function);
      expect_failure(CLN_INVALID_HANDLE, c.call(world, value), {c.argument, "no handle"});
    }
}

TEST_F(Handles, Null_ToDestroy_IsAccepted) {
  EXPECT_EQ(cln_context_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_tensor_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_layer_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_state_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_session_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_reserve_destroy(nullptr), CLN_OK);
  EXPECT_EQ(cln_optimizer_destroy(nullptr), CLN_OK);
}

}  // namespace
}  // namespace convlstm::test
