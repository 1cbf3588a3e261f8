#include "layer/session.h"

#include "core/checked.h"
#include "layer/description.h"
#include "layer/reserve.h"
#include "layer/sequence.h"
#include "layer/tensor.h"

namespace convlstm {
namespace {

constexpr const char* kParameters = "session: the parameters of its layer";
constexpr const char* kGradients = "session: the gradients of its layer";

// Refuses sizes of which a working memory could not even be counted.
void check_sizes(const Layer& layer, const InputShape& shape) {
  check_at_least("desc.batch", shape.batch, 1);
  check_at_least("desc.size[0]", shape.size.h, 1);
  check_at_least("desc.size[1]", shape.size.w, 1);
  std::int64_t weights = 0;
  for (const ParameterShape& parameter : layer.shapes()) weights += parameter.count;
  const std::int64_t channels = input_channels(layer.desc()) + output_channels(layer.desc());
  constexpr std::int64_t kArraysOfAnExecutor = 16;
  constexpr std::int64_t kPadding = 64;
  checked_product("desc.size",
                  {kArraysOfAnExecutor * kPadding, channels, shape.batch, shape.size.h, shape.size.w});
  checked_product("desc.size", {weights, shape.size.h, shape.size.w});
}

// Counts the working memory that an executor holds after a run, however the run ended.
class CountAfterRun {
 public:
  CountAfterRun(CountedBytes& counted, const Executor& executor) : counted_(counted), executor_(executor) {}
  ~CountAfterRun() { counted_.set(static_cast<std::int64_t>(executor_.workspace_bytes())); }
  CountAfterRun(const CountAfterRun&) = delete;
  CountAfterRun& operator=(const CountAfterRun&) = delete;

 private:
  CountedBytes& counted_;
  const Executor& executor_;
};

void check_apart(const Operand<float>& written, const Operand<const float>& read) {
  if (overlaps(written.data, written.count, read.data, read.count))
    fail(CLN_INVALID_ARGUMENT, written.name, ": expected memory apart from that of ", read.name,
         ", got memory that overlaps it");
}

}  // namespace

Session::Session(std::shared_ptr<Context> context, std::shared_ptr<Layer> layer, const InputShape& shape,
                 const std::string& executor)
    : context_(std::move(context)), layer_(std::move(layer)), shape_(shape) {
  if (!context_->same_device(layer_->context()))
    fail(CLN_INVALID_ARGUMENT, "layer: expected a layer on the device of context, got one on another");
  check_sizes(*layer_, shape);
  executor_ = context_->backend().make_executor(layer_->desc(), shape, executor);
  workspace_.set(workspace_bytes());
}

std::int64_t Session::reserve_bytes(std::int64_t steps) const {
  check_at_least("max_steps", steps, 1);
  constexpr std::int64_t kArraysOfAnExecutor = 16;
  const std::int64_t channels = input_channels(layer_->desc()) + output_channels(layer_->desc());
  checked_product("max_steps",
                  {kArraysOfAnExecutor, channels, shape_.batch, shape_.size.h, shape_.size.w, steps});
  return static_cast<std::int64_t>(executor_->reserve_bytes(steps));
}

void Session::check_x(const Sequence& sequence, const Operand<const float>& x) const {
  if (input_channels(layer_->desc()) == 0) {
    if (x.given)
      fail(CLN_INVALID_ARGUMENT, x.name, ": expected NULL for a layer without input channels, got ", x.count,
           " elements");
    return;
  }
  if (!x.given)
    fail(CLN_NULL_ARGUMENT, x.name, ": expected ", sequence.x_count(), " elements (T*N*C*H*W), got NULL");
  check_count(x.name, sequence.x_count(), x.count, "T*N*C*H*W");
}

void Session::check_y(const Sequence& sequence, const char* name, std::int64_t count) const {
  const auto* recurrent = std::get_if<RecurrentDesc>(&layer_->desc());
  const bool last_only = recurrent != nullptr && recurrent->output == CLN_OUTPUT_LAST;
  check_count(name, sequence.y_count(), count, last_only ? "N*F*H*W" : "T*N*F*H*W");
}

void Session::check_state(const char* name, const State* state) const {
  if (state == nullptr) return;
  const auto* recurrent = std::get_if<RecurrentDesc>(&layer_->desc());
  if (recurrent == nullptr)
    fail(CLN_INVALID_ARGUMENT, name, ": expected NULL for a convolution layer, got a state");
  if (!context_->same_device(state->context()))
    fail(CLN_INVALID_ARGUMENT, name, ": expected a state on the device of the session, got one on another");
  check_state_shape(name, {recurrent->cell, recurrent->hidden_channels, shape_}, state->shape());
}

void Session::check_reserve(const Reserve& reserve) const {
  if (&reserve.session() != this)
    fail(CLN_INVALID_STATE, "reserve: expected one of this session, got one of another session");
}

void Session::forward(const ForwardArguments& arguments) {
  check_at_least("steps", arguments.steps, 1);
  const Sequence sequence(layer_->desc(), shape_, arguments.steps);
  check_x(sequence, arguments.x);
  check_y(sequence, arguments.y.name, arguments.y.count);
  check_apart(arguments.y, arguments.x);
  check_state("state", arguments.state);
  Reserve* const reserve = arguments.reserve;
  if (reserve != nullptr) {
    check_reserve(*reserve);
    reserve->check_steps(arguments.steps);
  }

  const ReadUse use(layer_->parameter_use(), kParameters);
  ForwardCall call;
  call.steps = arguments.steps;
  call.x = sequence.x(arguments.x.data);
  call.parameters = layer_->views();
  if (arguments.state != nullptr) {
    call.final = arguments.state->parts();
    std::copy(call.final.begin(), call.final.end(), call.initial.begin());
  }
  call.y = sequence.y(arguments.y.data);
  const CountAfterRun count(workspace_, *executor_);
  if (reserve == nullptr) {
    executor_->forward(call);
    return;
  }
  reserve->empty();
  call.reserve = reserve->memory();
  executor_->forward(call);
  reserve->filled(arguments.steps, layer_->version());
}

void Session::backward(const BackwardArguments& arguments) {
  Reserve& reserve = *arguments.reserve;
  check_reserve(reserve);
  const ReadUse use(layer_->parameter_use(), kParameters);
  reserve.check_filled(layer_->version());
  const Sequence sequence(layer_->desc(), shape_, reserve.steps());
  check_x(sequence, arguments.x);
  if (arguments.dy.given) check_y(sequence, arguments.dy.name, arguments.dy.count);
  if (arguments.dx.given) {
    if (input_channels(layer_->desc()) == 0)
      fail(CLN_INVALID_ARGUMENT, arguments.dx.name,
           ": expected NULL for a layer without input channels, got a tensor");
    check_count(arguments.dx.name, sequence.x_count(), arguments.dx.count, "T*N*C*H*W");
    check_apart(arguments.dx, arguments.x);
    check_apart(arguments.dx, arguments.dy);
  }
  check_state("dstate", arguments.dstate);

  const WriteUse gradient_use(layer_->gradient_use(), kGradients);
  layer_->create_gradients(context_->backend());
  BackwardCall call;
  call.steps = reserve.steps();
  call.x = sequence.x(arguments.x.data);
  call.parameters = layer_->views();
  call.reserve = reserve.memory();
  call.dy = sequence.y(arguments.dy.data);
  if (arguments.dstate != nullptr) {
    call.dinitial = arguments.dstate->parts();
    std::copy(call.dinitial.begin(), call.dinitial.end(), call.dfinal.begin());
  }
  call.dx = sequence.x(arguments.dx.data);
  call.gradients = layer_->gradients();
  const CountAfterRun count(workspace_, *executor_);
  executor_->backward(call);
  reserve.empty();
}

void Session::forward_host(const ForwardArguments& arguments) {
  Backend& backend = context_->backend();
  if (backend.device_kind() == CLN_DEVICE_CPU) return forward(arguments);
  check_at_least("steps", arguments.steps, 1);
  const Sequence sequence(layer_->desc(), shape_, arguments.steps);
  check_x(sequence, arguments.x);
  check_y(sequence, arguments.y.name, arguments.y.count);
  const Buffer x = Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_SESSION, arguments.x.count);
  const Buffer y = Buffer::of_floats(context_->shared_backend(), CLN_OBJECT_SESSION, arguments.y.count);
  if (x.bytes() > 0) backend.copy_in(x.data(), arguments.x.data, static_cast<std::size_t>(x.bytes()));
  ForwardArguments on_device = arguments;
  on_device.x.data = x.floats();
  on_device.y.data = y.floats();
  forward(on_device);
  backend.copy_out(arguments.y.data, y.data(), static_cast<std::size_t>(y.bytes()));
}

}  // namespace convlstm
