#include "support/subject.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace convlstm::test {
namespace {

using Kind = NamedArray::Kind;

constexpr std::uint64_t kInputStream = 1, kOutputGradientStream = 2, kStateStream = 10,
                        kStateGradientStream = 30;

// An environment variable, as long as it lives.
class Variable {
 public:
  Variable(const char* name, std::string_view value) : name_(name) {
    setenv(name, std::string(value).c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

constexpr std::string_view kCudaExecutors[] = {"fused", "cudnn_stepwise"};

bool is_of_cuda(std::string_view executor) {
  const std::string_view row = executor.substr(0, executor.find(':'));  // without a tiling
  return std::find(std::begin(kCudaExecutors), std::end(kCudaExecutors), row) != std::end(kCudaExecutors);
}

Context make_cuda_context() {
  cln_context_desc desc;
  ok(cln_context_desc_init(&desc));
  desc.device_kind = CLN_DEVICE_CUDA;
  cln_context* context = nullptr;
  ok(cln_context_create(&desc, &context));
  return Context(context);
}

// A tensor over an array, or on the device with what is in it; null where the array is empty.
Tensor tensor_of(const Context& context, bool is_on_device, Floats& values) {
  if (values.empty()) return nullptr;
  const std::int64_t count = static_cast<std::int64_t>(values.size());
  if (is_on_device) return make_tensor(context, {count}, values);
  cln_tensor* tensor = nullptr;
  ok(cln_tensor_borrow(context.get(), CLN_FLOAT32, &count, 1, values.data(), count, &tensor));
  return Tensor(tensor);
}

// What the run wrote into an array of tensor_of.
void fetch(const Tensor& tensor, bool is_on_device, Floats& values) {
  if (is_on_device && tensor) values = values_of(tensor);
}

std::int32_t part_count(const State& state) {
  std::int32_t count = 0;
  ok(cln_state_get_part_count(state.get(), &count));
  return count;
}

}  // namespace

// One run over a part of the sequence, and its arrays.
struct Subject::Run {
  Chunk chunk{};
  std::int64_t steps = 0;
  Floats x, y, dy, dx;
  MaskNumbers mask;
  cln_run_options options{};
  Tensor x_tensor, y_tensor, dy_tensor, dx_tensor;
  Reserve reserve;
};

std::optional<Subject> Subject::create(const Case& tested, const char* executor, const Draw& draw) {
  Subject out;
  out.tested_ = tested;
  out.problem_ = problem_of(tested);
  out.draw_ = draw;
  out.mask_ = draw_mask(tested, out.problem_);
  const Variable instruction_set("CLN_INSTRUCTION_SET", tested.value(Knob::kInstructionSet).name);
  const Variable forced("CLN_EXECUTOR", executor);
  out.is_on_device_ = is_of_cuda(executor);
  out.context_ = out.is_on_device_ ? make_cuda_context() : make_context(tested.integer(Knob::kThreads));
  out.layer_ = make_recurrent(out.context_, out.problem_.desc);
  draw_parameters(out.layer_, draw);
  cln_session_desc desc;
  ok(cln_session_desc_init(&desc));
  desc.batch = out.problem_.batch;
  std::copy_n(out.problem_.size.begin(), out.problem_.desc.rank, desc.size);
  cln_session* session = nullptr;
  const cln_status status = cln_session_create(out.context_.get(), out.layer_.get(), &desc, &session);
  if (status == CLN_UNSUPPORTED) return std::nullopt;
  ok(status);
  out.session_ = Session(session);
  return out;
}

Subject::Run Subject::make_run(const Chunk& chunk) const {
  Run run;
  run.chunk = chunk;
  run.steps = chunk.to - chunk.from;
  const std::int64_t inputs = std::clamp<std::int64_t>(problem_.input_steps - chunk.from, 0, run.steps);
  if (problem_.desc.input_channels > 0 && inputs > 0)
    run.x = slice_steps(draw_.numbers(problem_.x_count(), kInputStream), problem_, problem_.x_step(),
                        problem_.input_steps, chunk.from, chunk.from + inputs);
  if (wants_dx()) run.dx = poison(static_cast<std::int64_t>(run.x.size()));
  run.y = poison(problem_.batch * (is_last_only() ? 1 : run.steps) * problem_.y_step());
  run.dy = output_gradient_of(chunk);
  run.mask = mask_;
  if (!mask_.steps.empty())
    run.mask.steps = slice_steps(mask_.steps, problem_, 1, problem_.steps, chunk.from, chunk.to);
  for (std::int64_t& length : run.mask.lengths)
    length = std::clamp<std::int64_t>(length - chunk.from, 0, run.steps);

  ok(cln_run_options_init(&run.options));
  run.options.input_steps = inputs;
  run.options.dropout_seed = tested_.seed + 5;
  run.options.mask = run.mask.steps.empty() ? nullptr : run.mask.steps.data();
  run.options.mask_count = static_cast<std::int64_t>(run.mask.steps.size());
  run.options.lengths = run.mask.lengths.empty() ? nullptr : run.mask.lengths.data();
  run.options.length_count = static_cast<std::int64_t>(run.mask.lengths.size());
  run.x_tensor = tensor_of(context_, is_on_device_, run.x);
  run.y_tensor = tensor_of(context_, is_on_device_, run.y);
  run.dy_tensor = tensor_of(context_, is_on_device_, run.dy);
  run.dx_tensor = tensor_of(context_, is_on_device_, run.dx);
  return run;
}

// Empty where there is none.
Floats Subject::output_gradient_of(const Chunk& chunk) const {
  if (!has_dy()) return {};
  const Floats dy = exact_draw().numbers(problem_.y_count(), kOutputGradientStream);
  if (!is_last_only())
    return slice_steps(dy, problem_, problem_.y_step(), problem_.steps, chunk.from, chunk.to);
  const bool is_last = is_reverse() ? chunk.from == 0 : chunk.to == problem_.steps;
  return is_last ? dy : Floats{};
}

State Subject::zero_state() const {
  cln_state* made = nullptr;
  ok(cln_state_create(context_.get(), layer_.get(), problem_.batch, problem_.size.data(), problem_.desc.rank,
                      &made));
  return State(made);
}

State Subject::drawn_state(const Draw& draw, std::uint64_t stream) const {
  State state = zero_state();
  for (std::int32_t part = 0; part < part_count(state); ++part) {
    const Floats values = draw.numbers(problem_.part_count(), stream + static_cast<std::uint64_t>(part));
    ok(cln_state_upload(state.get(), part, values.data(), problem_.part_count()));
  }
  return state;
}

State Subject::initial_state() const {
  return drawn_state(draw_, kStateStream);
}

State Subject::final_gradient() const {
  return drawn_state(exact_draw(), kStateGradientStream);
}

Outcome Subject::inputs() const {
  Outcome out{{"dx", Kind::kInputGradient, draw_.numbers(problem_.x_count(), kInputStream)}};
  if (has_state()) add_states(out, initial_state(), Kind::kStateGradient);
  for (std::int32_t i = 0; i < parameter_count(layer_); ++i)
    out.push_back({"parameter", Kind::kParameterGradient, parameter_of(layer_, i)});
  return out;
}

double Subject::loss_of(const Outcome& trained) const {
  Outcome slopes;
  if (has_dy()) slopes.push_back({"y", Kind::kOutput, output_gradient_of({0, problem_.steps})});
  if (has_state()) add_states(slopes, final_gradient(), Kind::kState);
  double loss = 0;
  for (const NamedArray& slope : slopes) {
    const auto array = std::find_if(trained.begin(), trained.end(),
                                    [&](const NamedArray& a) { return a.name == slope.name; });
    loss += std::inner_product(slope.values.begin(), slope.values.end(), array->values.begin(), 0.0);
  }
  return loss;
}

Outcome Subject::infer() const {
  Run run = make_run({0, problem_.steps});
  const State state = has_state() ? initial_state() : nullptr;
  ok(cln_session_forward(session_.get(), problem_.steps, run.x_tensor.get(), &run.options, state.get(),
                         run.y_tensor.get()));
  fetch(run.y_tensor, is_on_device_, run.y);
  Outcome out{{"y", Kind::kOutput, run.y}};
  if (state) add_states(out, state, Kind::kState);
  return out;
}

Outcome Subject::train(std::int64_t checkpoint_every, std::int64_t truncate_every) const {
  cln_reserve_options options;
  ok(cln_reserve_options_init(&options));
  options.checkpoint_every = checkpoint_every;
  options.truncate_every = truncate_every;
  return train({{0, problem_.steps}}, options);
}

Outcome Subject::train_in_chunks(std::int64_t every) const {
  cln_reserve_options options;
  ok(cln_reserve_options_init(&options));
  std::vector<Chunk> chunks;
  for (std::int64_t begin = 0; begin < problem_.steps; begin += every) {
    const std::int64_t end = std::min(begin + every, problem_.steps);
    chunks.push_back(is_reverse() ? Chunk{problem_.steps - end, problem_.steps - begin} : Chunk{begin, end});
  }
  return train(chunks, options);
}

// The chunks in the order in which they are computed.
Outcome Subject::train(const std::vector<Chunk>& chunks, const cln_reserve_options& options) const {
  ok(cln_layer_zero_gradients(layer_.get()));
  const State state = has_state() ? initial_state() : chunks.size() > 1 ? zero_state() : nullptr;
  Floats y = poison(problem_.y_count()), dx = poison(wants_dx() ? problem_.x_count() : 0);
  std::vector<Run> runs;
  for (const Chunk& chunk : chunks) {
    runs.push_back(make_run(chunk));
    forward(runs.back(), options, state);
    if (is_last_only())
      y = runs.back().y;
    else
      place_steps(y, runs.back().y, problem_, problem_.y_step(), problem_.steps, chunk.from);
  }
  State dstate = has_state() ? final_gradient() : nullptr;
  for (std::size_t i = runs.size(); i-- > 0;) {
    if (has_state() && i + 1 < runs.size()) dstate = zero_state();
    backward(runs[i], dstate);
    if (!dx.empty())
      place_steps(dx, runs[i].dx, problem_, problem_.x_step(), problem_.input_steps, runs[i].chunk.from);
  }
  Outcome out{{"y", Kind::kOutput, y}};
  if (has_state()) add_states(out, state, Kind::kState);
  out.push_back({"dx", Kind::kInputGradient, dx});
  if (has_state()) add_states(out, dstate, Kind::kStateGradient);
  add_parameters(out);
  return out;
}

void Subject::forward(Run& run, const cln_reserve_options& options, const State& state) const {
  cln_reserve* reserve = nullptr;
  const std::int64_t most_steps = run.steps + static_cast<std::int64_t>(tested_.seed % 3);
  ok(cln_reserve_create(session_.get(), most_steps, &options, &reserve));
  run.reserve = Reserve(reserve);
  ok(cln_session_forward_training(session_.get(), run.steps, run.x_tensor.get(), &run.options, state.get(),
                                  run.reserve.get(), run.y_tensor.get()));
  fetch(run.y_tensor, is_on_device_, run.y);
}

void Subject::backward(Run& run, const State& dstate) const {
  ok(cln_session_backward(session_.get(), run.x_tensor.get(), run.reserve.get(), run.dy_tensor.get(),
                          dstate.get(), run.dx_tensor.get()));
  fetch(run.dx_tensor, is_on_device_, run.dx);
}

void Subject::add_states(Outcome& out, const State& state, Kind kind) const {
  const std::string name = kind == Kind::kState ? "state." : "dstate.";
  for (std::int32_t part = 0; part < part_count(state); ++part)
    out.push_back({name + std::to_string(part), kind, part_of(state, part, problem_.part_count())});
}

void Subject::add_parameters(Outcome& out) const {
  for (std::int32_t i = 0; i < parameter_count(layer_); ++i) {
    cln_parameter_info info{};
    info.struct_size = sizeof info;
    ok(cln_layer_get_parameter_info(layer_.get(), i, &info));
    out.push_back(
        {std::string("gradient of ") + info.name, Kind::kParameterGradient, gradient_of(layer_, i)});
  }
}

}  // namespace convlstm::test
