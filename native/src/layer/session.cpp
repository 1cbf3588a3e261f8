#include "layer/session.h"

#include "composition/compose.h"
#include "core/checked.h"
#include "layer/reserve.h"
#include "layer/sequence.h"
#include "layer/tensor.h"

namespace convlstm {
namespace {

constexpr const char* kParameters = "session: the parameters of its layer";
constexpr const char* kGradients = "session: the gradients of its layer";

// No executor holds so many arrays of the size of a state or of an input.
constexpr std::int64_t kArraysOfAnExecutor = 32;

std::int64_t channels_of(const Layer& layer) {
  std::int64_t channels = input_channels(layer.desc()) + output_channels(layer.desc());
  if (const StackDesc* stack = stack_of(layer.desc()))
    channels += stack->cells() * stack->bottom.hidden_channels;
  return channels;
}

// Refuses sizes of which a working memory could not even be counted.
void check_sizes(const Layer& layer, const InputShape& shape) {
  check_at_least("desc.batch", shape.batch, 1);
  std::int64_t weights = 0;
  for (const LayerParameter& parameter : layer.list()) weights += parameter.shape.count;
  constexpr std::int64_t kPadding = 64;
  checked_product("desc.size", {kArraysOfAnExecutor * kPadding, channels_of(layer), shape.batch, shape.size.d,
                                shape.size.h, shape.size.w});
  checked_product("desc.size", {weights, shape.size.d, shape.size.h, shape.size.w});
  if (const StackDesc* stack = stack_of(layer.desc())) state_shape(*stack, shape);
}

void check_apart(const Operand<float>& written, const Operand<const float>& read) {
  if (overlaps(written.data, written.count, read.data, read.count))
    fail(CLN_INVALID_ARGUMENT, written.name, ": expected memory apart from that of ", read.name,
         ", got memory that overlaps it");
}

const RunOptions& or_defaults(const RunOptions* options) {
  static const RunOptions defaults;
  return options != nullptr ? *options : defaults;
}

}  // namespace

// Counts the working memory that is held after a run, however the run ended.
class Session::CountAfterRun {
 public:
  CountAfterRun(Session& session, Reserve* reserve) : session_(session), reserve_(reserve) {}
  ~CountAfterRun() {
    session_.workspace_.set(session_.workspace_bytes());
    if (reserve_ != nullptr) reserve_->count_working_memory();
  }
  CountAfterRun(const CountAfterRun&) = delete;
  CountAfterRun& operator=(const CountAfterRun&) = delete;

 private:
  Session& session_;
  Reserve* reserve_;
};

Session::Session(std::shared_ptr<Context> context, std::shared_ptr<Layer> layer, const InputShape& shape,
                 const std::string& executor)
    : context_(std::move(context)),
      layer_(std::move(layer)),
      shape_(shape),
      mask_(context_->shared_backend()) {
  if (!context_->same_device(layer_->context()))
    fail(CLN_INVALID_ARGUMENT, "layer: expected a layer on the device of context, got one on another");
  check_sizes(*layer_, shape);
  std::vector<std::string> requests;
  for (std::int64_t index = 0; index < cell_count(layer_->desc()); ++index) {
    const LayerDesc desc = cell_of(layer_->desc(), index);
    std::string requested = executor;
    if (executor.empty())
      requested = context_->tuning().choice_for(context_->shared_backend(), desc, cell_input(index));
    choices_.push_back(!executor.empty()   ? Choice::kEnvironment
                       : requested.empty() ? Choice::kList
                                           : Choice::kTuning);
    cells_.push_back(context_->backend().make_executor(desc, cell_input(index), requested));
    requests.push_back(std::move(requested));
  }
  WaveChoice choice = choose_wave(requests);
  stack_text_ = std::move(choice.why);
  executor_ = compose({}, std::move(choice.wave));
  workspace_.set(workspace_bytes());
}

WaveChoice Session::choose_wave(const std::vector<std::string>& requested) const {
  if (stack() == nullptr || !may_wave(*stack())) return {};
  std::vector<WaveLayer> layers;
  for (std::int64_t index = 0; index < stack()->cells(); ++index)
    layers.push_back({stack()->cell(index), cell_input(index), requested[static_cast<std::size_t>(index)]});
  return context_->backend().choose_wave(layers);
}

std::unique_ptr<Executor> Session::compose(const TapePlan& plan, std::unique_ptr<Wave> wave) const {
  if (stack() != nullptr)
    return convlstm::compose(context_->shared_backend(), *stack(), shape_, cells_, plan, std::move(wave));
  if (!plan.is_plain())
    fail(CLN_INVALID_ARGUMENT, "options: expected NULL for a convolution layer, which keeps nothing");
  // A convolution is one cell without state.
  return convlstm::compose(context_->shared_backend(), StackDesc{}, shape_, cells_, plan);
}

InputShape Session::cell_input(std::int64_t index) const {
  return stack() != nullptr ? cell_shape(*stack(), shape_, index) : shape_;
}

std::int64_t Session::workspace_bytes() const {
  std::size_t bytes = executor_->workspace_bytes() + mask_.bytes();
  for (const auto& cell : cells_) bytes += cell->workspace_bytes();
  return static_cast<std::int64_t>(bytes);
}

std::int64_t Session::reserve_bytes(const Executor& executor, std::int64_t steps) const {
  check_at_least("max_steps", steps, 1);
  checked_product("max_steps", {kArraysOfAnExecutor, channels_of(*layer_), shape_.batch, shape_.size.d,
                                shape_.size.h, shape_.size.w, steps});
  return static_cast<std::int64_t>(executor.reserve_bytes(steps));
}

std::int64_t Session::input_steps(const ForwardArguments& arguments) const {
  if (arguments.options == nullptr) return arguments.steps;
  if (stack() == nullptr)
    fail(CLN_INVALID_ARGUMENT, "options: expected NULL for a convolution layer, got options");
  const std::int64_t steps = arguments.options->input_steps;
  check_range("options.input_steps", steps, -1, arguments.steps);
  return steps == -1 ? arguments.steps : steps;
}

void Session::check_x(const Sequence& sequence, std::int64_t input_steps,
                      const Operand<const float>& x) const {
  if (input_channels(layer_->desc()) == 0 || input_steps == 0) {
    if (x.given)
      fail(CLN_INVALID_ARGUMENT, x.name,
           ": expected NULL for a layer without input channels, or a run without input", ", got ", x.count,
           " elements");
    return;
  }
  const char* const formula = "T*N*C*H*W";
  if (!x.given)
    fail(CLN_NULL_ARGUMENT, x.name, ": expected ", sequence.x_count(), " elements (", formula, "), got NULL");
  check_count(x.name, sequence.x_count(), x.count, formula);
}

void Session::check_y(const Sequence& sequence, const char* name, std::int64_t count) const {
  const bool last_only = stack() != nullptr && stack()->bottom.output == CLN_OUTPUT_LAST;
  const bool is_double = stack() != nullptr && stack()->output_channels() != stack()->bottom.hidden_channels;
  const char* const formulas[2][2] = {{"T*N*F*H'*W'", "N*F*H'*W'"}, {"T*N*2F*H'*W'", "N*2F*H'*W'"}};
  check_count(name, sequence.y_count(), count, formulas[is_double ? 1 : 0][last_only ? 1 : 0]);
}

void Session::check_state(const char* name, const State* state) const {
  if (state == nullptr) return;
  if (stack() == nullptr)
    fail(CLN_INVALID_ARGUMENT, name, ": expected NULL for a convolution layer, got a state");
  if (!context_->same_device(state->context()))
    fail(CLN_INVALID_ARGUMENT, name, ": expected a state on the device of the session, got one on another");
  check_state_shape(name, state_shape(*stack(), shape_), state->shape());
}

void Session::check_reserve(const Reserve& reserve) const {
  if (&reserve.session() != this)
    fail(CLN_INVALID_STATE, "reserve: expected one of this session, got one of another session");
}

void Session::forward(const ForwardArguments& arguments) {
  check_at_least("steps", arguments.steps, 1);
  const std::int64_t inputs = input_steps(arguments);
  const Sequence sequence(layer_->desc(), shape_, arguments.steps, inputs);
  check_x(sequence, inputs, arguments.x);
  check_y(sequence, arguments.y.name, arguments.y.count);
  check_apart(arguments.y, arguments.x);
  check_state("state", arguments.state);
  Reserve* const reserve = arguments.reserve;
  if (reserve != nullptr) {
    check_reserve(*reserve);
    reserve->check_steps(arguments.steps);
  }

  const ReadUse use(layer_->parameter_use(), kParameters);
  layer_->parameter_queues().read(context_->shared_backend());
  const CountAfterRun count(*this, reserve);
  const RunOptions& options = or_defaults(arguments.options);
  if (reserve != nullptr) reserve->empty();
  Mask& mask = reserve != nullptr ? reserve->mask() : mask_;
  if (stack() != nullptr) mask.set(*stack(), arguments.steps, shape_.batch, options);
  ForwardCall call;
  call.steps = arguments.steps;
  call.input = {0, inputs};
  call.x = sequence.x(arguments.x.data);
  call.mask = mask.view();
  call.dropout = {reserve != nullptr, options.dropout_seed};
  call.parameters = layer_->views();
  if (arguments.state != nullptr) {
    call.final = arguments.state->parts();
    call.initial = {call.final.data(), call.final.size()};
  }
  call.y = sequence.y(arguments.y.data);
  if (reserve == nullptr) {
    executor_->forward(call);
    return;
  }
  call.reserve = reserve->memory();
  reserve->executor().forward(call);
  reserve->filled(arguments.steps, inputs, call.dropout, layer_->version());
}

void Session::backward(const BackwardArguments& arguments) {
  Reserve& reserve = *arguments.reserve;
  check_reserve(reserve);
  const ReadUse use(layer_->parameter_use(), kParameters);
  layer_->parameter_queues().read(context_->shared_backend());
  reserve.check_filled(layer_->version());
  const Sequence sequence(layer_->desc(), shape_, reserve.steps(), reserve.input_steps());
  check_x(sequence, reserve.input_steps(), arguments.x);
  if (arguments.dy.given) check_y(sequence, arguments.dy.name, arguments.dy.count);
  if (arguments.dx.given) {
    if (input_channels(layer_->desc()) == 0 || reserve.input_steps() == 0)
      fail(CLN_INVALID_ARGUMENT, arguments.dx.name,
           ": expected NULL for a layer without input channels, or a run without input, got a tensor");
    check_count(arguments.dx.name, sequence.x_count(), arguments.dx.count, "T*N*C*H*W");
    check_apart(arguments.dx, arguments.x);
    check_apart(arguments.dx, arguments.dy);
  }
  check_state("dstate", arguments.dstate);

  const WriteUse gradient_use(layer_->gradient_use(), kGradients);
  layer_->create_gradients(context_->shared_backend());
  BackwardCall call;
  call.steps = reserve.steps();
  call.input = {0, reserve.input_steps()};
  call.x = sequence.x(arguments.x.data);
  call.mask = reserve.mask().view();
  call.dropout = reserve.dropout();
  call.parameters = layer_->views();
  call.reserve = reserve.memory();
  call.dy = sequence.y(arguments.dy.data);
  if (arguments.dstate != nullptr) {
    call.dinitial = arguments.dstate->parts();
    call.dfinal = {call.dinitial.data(), call.dinitial.size()};
  }
  call.dx = sequence.x(arguments.dx.data);
  call.gradients = layer_->gradients();
  const CountAfterRun count(*this, &reserve);
  reserve.executor().backward(call);
  reserve.empty();
}

void Session::forward_host(const ForwardArguments& arguments) {
  Backend& backend = context_->backend();
  if (backend.device_kind() == CLN_DEVICE_CPU) return forward(arguments);
  check_at_least("steps", arguments.steps, 1);
  const std::int64_t inputs = input_steps(arguments);
  const Sequence sequence(layer_->desc(), shape_, arguments.steps, inputs);
  check_x(sequence, inputs, arguments.x);
  check_y(sequence, arguments.y.name, arguments.y.count);
  check_apart(arguments.y, arguments.x);
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
