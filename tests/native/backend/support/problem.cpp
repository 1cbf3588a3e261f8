#include "support/problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <sstream>

#include "backend/cpu/executors.h"
#include "cell/cells.h"
#include "cell/convolution.h"
#include "cell/parameters.h"

namespace convlstm::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr std::int32_t kRank = 3;

const float* in(const Floats& array) {
  return array.empty() ? nullptr : array.data();
}
float* out(Floats& array) {
  return array.empty() ? nullptr : array.data();
}

const RecurrentDesc* recurrent(const Problem& problem) {
  return std::get_if<RecurrentDesc>(&problem.desc);
}

std::int64_t inputs(const Problem& problem) {
  const auto* layer = recurrent(problem);
  return layer ? layer->input_channels : std::get<ConvDesc>(problem.desc).input_channels;
}

std::int64_t outputs(const Problem& problem) {
  const auto* layer = recurrent(problem);
  return layer ? layer->hidden_channels : std::get<ConvDesc>(problem.desc).output_channels;
}

std::size_t state_parts(const Problem& problem) {
  return recurrent(problem) ? at(traits_of(recurrent(problem)->cell).state_parts) : 0;
}

std::int64_t state_count(const Problem& problem) {
  return problem.shape.batch * outputs(problem) * grid_of(problem).area();
}

bool last_only(const Problem& problem) {
  return recurrent(problem) && recurrent(problem)->output == CLN_OUTPUT_LAST;
}

std::int64_t y_steps(const Problem& problem) {
  return last_only(problem) ? 1 : problem.steps;
}

// Images of `channels` x `area` in the problem's layout.
template <typename T>
Frames<T> frames(T* data, const Problem& problem, std::int64_t channels, std::int64_t area,
                 std::int64_t steps) {
  const std::int64_t image = channels * area;
  const cln_layout layout = recurrent(problem) ? problem.layout : CLN_LAYOUT_TNCHW;
  const bool channels_last = layout == CLN_LAYOUT_NTHWC || layout == CLN_LAYOUT_TNHWC;
  const bool batch_first = layout == CLN_LAYOUT_NTCHW || layout == CLN_LAYOUT_NTHWC;
  Frames<T> result{data, batch_first ? image : problem.shape.batch * image,
                   batch_first ? steps * image : image, channels_last ? channels : 1};
  if (problem.reverse && steps == problem.steps) {
    if (data != nullptr) result.data += (steps - 1) * result.step_stride;
    result.step_stride = -result.step_stride;
  }
  return result;
}

template <typename T>
Frames<T> x_frames(T* data, const Problem& problem) {
  return frames(data, problem, inputs(problem), problem.shape.size.area(), problem.steps);
}

template <typename T>
Frames<T> y_frames(T* data, const Problem& problem) {
  return frames(data, problem, outputs(problem), grid_of(problem).area(), y_steps(problem));
}

// Sets x (or dx) of the steps without input.
void fill_outside(const Problem& problem, Floats& x, float value) {
  const Frames<float> images = x_frames(out(x), problem);
  const std::int64_t area = problem.shape.size.area();
  for (std::int64_t t = 0; t < problem.steps; ++t)
    for (std::int64_t n = 0; n < problem.shape.batch && !x.empty() && !problem.input.contains(t); ++n)
      std::fill_n(images.image(t, n), inputs(problem) * area, value);
}

// 64-byte aligned memory of NaNs: read as doubles they are NaN as well.
struct Reserve {
  explicit Reserve(std::size_t bytes)
      : memory(static_cast<float*>(::operator new (std::max<std::size_t>(bytes, 1), std::align_val_t{64}))) {
    std::fill(memory, memory + bytes / sizeof(float), kNaN);
  }
  ~Reserve() { ::operator delete (memory, std::align_val_t{64}); }
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;
  float* memory;
};

struct Run {
  Run(Executor& e, const Problem& p) : problem(p), executor(e) {
    for (std::size_t k = 0; k < kMaxParameters; ++k) parameters.data[k] = in(p.parameters[k]);
    parameters.version = p.version;
    parameters.packed = &packed;
  }

  void set_common(SequenceCall& call) {
    call.steps = problem.steps;
    call.input = problem.input;
    call.x = x_frames(in(problem.x), problem);
    if (!problem.active.empty())
      call.mask = {problem.active.data(), problem.emits.data(), nullptr, problem.shape.batch, 1};
    call.dropout = problem.dropout;
    call.parameters = {&parameters, 1};
  }

  // Where the state `from` goes in and `to` comes out.
  void set_states(const StateArrays& from, bool wanted, StateArrays& to,
                  std::array<const float*, kMaxStateParts>& reads,
                  std::array<float*, kMaxStateParts>& writes) {
    for (std::size_t part = 0; part < state_parts(problem); ++part) {
      reads[part] = in(from[part]);
      if (!wanted) continue;
      const bool in_place = problem.states_in_place && !from[part].empty();
      to[part] = in_place ? from[part] : Floats(at(state_count(problem)), kNaN);
      writes[part] = out(to[part]);
      if (in_place) reads[part] = writes[part];
    }
  }

  void forward(void* reserve, Outcome& outcome) {
    outcome.y.assign(at(y_steps(problem) * state_count(problem)), kNaN);
    ForwardCall call;
    set_common(call);
    std::array<const float*, kMaxStateParts> initial{};
    std::array<float*, kMaxStateParts> final{};
    set_states(problem.initial, problem.want_final, outcome.final, initial, final);
    call.initial = initial;
    call.final = final;
    call.y = y_frames(out(outcome.y), problem);
    call.reserve = reserve;
    executor.forward(call);
  }

  void backward(const void* reserve, Outcome& outcome, float gradient_start) {
    BackwardCall call;
    set_common(call);
    call.reserve = recurrent(problem) ? reserve : nullptr;
    call.dy = y_frames(in(problem.dy), problem);
    std::array<const float*, kMaxStateParts> dfinal{};
    std::array<float*, kMaxStateParts> dinitial{};
    set_states(problem.dfinal, problem.want_dinitial, outcome.dinitial, dfinal, dinitial);
    call.dfinal = dfinal;
    call.dinitial = dinitial;
    if (problem.want_dx) outcome.dx.assign(problem.x.size(), kNaN);
    call.dx = x_frames(out(outcome.dx), problem);
    Gradients gradients{};
    for (std::size_t k = 0; k < kMaxParameters; ++k) {
      outcome.gradients[k].assign(problem.parameters[k].size(), gradient_start);
      gradients[k] = out(outcome.gradients[k]);
    }
    call.gradients = {&gradients, 1};
    executor.backward(call);
    if (recurrent(problem)) fill_outside(problem, outcome.dx, 0.0f);
  }

  const Problem& problem;
  PackedCache packed;
  ParameterViews parameters;
  Executor& executor;
};

}  // namespace

Floats uniform(Random& random, std::int64_t count, float low, float high) {
  Floats result(at(count));
  for (float& value : result) value = random.uniform(low, high);
  return result;
}

Size3 grid_of(const Problem& problem) {
  return recurrent(problem) ? state_size(*recurrent(problem), problem.shape.size) : problem.shape.size;
}

Problem make_problem(Random& random, const LayerDesc& desc, const InputShape& shape, std::int64_t steps,
                     bool with_state, cln_layout layout) {
  Problem p;
  p.desc = desc;
  p.shape = shape;
  p.steps = steps;
  p.layout = layout;
  p.input = {0, steps};
  p.x = uniform(random, shape.batch * steps * inputs(p) * shape.size.area(), -1, 1);
  for (const ParameterShape& parameter : parameters_of(desc, kRank, grid_of(p))) {
    float low = -0.5f, high = 0.5f;
    if (parameter.place == kPeephole && recurrent(p)) low = -1, high = 1;
    if (parameter.role == ParameterShape::Role::scale) low = 0.5f, high = 1.5f;
    if (parameter.role == ParameterShape::Role::kernel) {
      const std::int64_t terms = std::max<std::int64_t>(parameter.count / parameter.dims[0], 1);
      high = 1.5f / std::sqrt(static_cast<float>(terms));
      low = -high;
    }
    p.parameters[parameter.place] = uniform(random, parameter.count, low, high);
  }
  p.dy = uniform(random, y_steps(p) * state_count(p), -1, 1);
  for (std::size_t part = 0; with_state && part < state_parts(p); ++part) {
    p.initial[part] = uniform(random, state_count(p), -1, 1);
    p.dfinal[part] = uniform(random, state_count(p), -1, 1);
  }
  return p;
}

void limit_input(Problem& problem, StepRange range) {
  problem.input = range;
  fill_outside(problem, problem.x, kNaN);
}

void add_mask(Problem& problem, Random& random) {
  const std::int64_t batch = problem.shape.batch;
  problem.active.assign(at(problem.steps * batch), 0);
  problem.emits = problem.active;
  for (std::int64_t n = 0; n < batch; ++n) {
    std::uint8_t seen = 0;
    for (std::int64_t t = 0; t < problem.steps; ++t) {
      const auto active = static_cast<std::uint8_t>(random.below(3) != 0);
      seen |= active;
      problem.active[at(t * batch + n)] = active;
      problem.emits[at(t * batch + n)] = recurrent(problem)->mask == CLN_MASK_REPEAT ? seen : active;
    }
  }
}

std::unique_ptr<Executor> make_executor(cpu::CpuDevice& device, const std::string& executor,
                                        const Problem& problem) {
  return cpu::make_executor(device, problem.desc, problem.shape, CLN_POLICY_FAST, executor);
}

Outcome infer(Executor& executor, const Problem& problem, PackedCache* packed) {
  Outcome outcome;
  Run run(executor, problem);
  if (packed != nullptr) run.parameters.packed = packed;
  run.forward(nullptr, outcome);
  return outcome;
}

Outcome train(Executor& executor, const Problem& problem, float gradient_start, PackedCache* packed) {
  Outcome outcome;
  Run run(executor, problem);
  if (packed != nullptr) run.parameters.packed = packed;
  Reserve reserve(executor.reserve_bytes(problem.steps));
  run.forward(reserve.memory, outcome);
  run.backward(reserve.memory, outcome, gradient_start);
  return outcome;
}

Outcome infer(cpu::CpuDevice& device, const std::string& executor, const Problem& problem) {
  return infer(*make_executor(device, executor, problem), problem);
}

Outcome train(cpu::CpuDevice& device, const std::string& executor, const Problem& problem,
              float gradient_start, PackedCache* packed) {
  return train(*make_executor(device, executor, problem), problem, gradient_start, packed);
}

double relative_error(const Floats& actual, const Floats& expected, double floor) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double largest = floor, difference = 0;
  for (std::size_t k = 0; k < actual.size(); ++k) {
    if (!std::isfinite(actual[k])) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::fabs(static_cast<double>(expected[k])));
    difference =
        std::max(difference, std::fabs(static_cast<double>(actual[k]) - static_cast<double>(expected[k])));
  }
  return difference / largest;
}

std::string describe(const Problem& p) {
  const auto sizes = [](const Size3& s) {
    return std::to_string(s.d) + 'x' + std::to_string(s.h) + 'x' + std::to_string(s.w);
  };
  std::ostringstream text;
  if (const auto* r = recurrent(p)) {
    text << "cell " << r->cell << " C " << r->input_channels << " F " << r->hidden_channels << " Kx "
         << sizes(r->input.kernel) << " stride " << sizes(r->input.stride) << " dilation "
         << sizes(r->input.dilation) << " padding " << r->input.padding << " before "
         << sizes(r->input.before) << " after " << sizes(r->input.after) << " Kh "
         << sizes(r->recurrent_kernel) << " dilation " << sizes(r->recurrent_dilation) << " peephole "
         << r->peephole << " bias " << r->bias << " forget " << r->forget_bias << " last " << r->output
         << " gate " << r->gate_activation << " cell activation " << r->cell_activation << " clip "
         << r->cell_clip << " norm " << r->normalization << " group " << r->norm_group_channels << " mask "
         << r->mask << " (" << !p.active.empty() << ") dropout " << r->input_dropout << ' '
         << r->recurrent_dropout << " (" << p.dropout.is_active << ") storage " << r->storage << " layout "
         << p.layout << " reverse " << p.reverse << " input [" << p.input.begin << ", " << p.input.end << ")";
  } else {
    const ConvDesc& c = std::get<ConvDesc>(p.desc);
    text << "conv I " << c.input_channels << " O " << c.output_channels << " K " << sizes(c.kernel);
  }
  text << " T " << p.steps << " N " << p.shape.batch << " size " << sizes(p.shape.size) << " state "
       << !p.initial[0].empty() << " in place " << p.states_in_place;
  return text.str();
}

}  // namespace convlstm::test
