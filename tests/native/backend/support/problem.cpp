#include "support/problem.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <sstream>

#include "backend/cpu/executors.h"

namespace convlstm::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

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

bool last_only(const Problem& problem) {
  return recurrent(problem) && recurrent(problem)->output == CLN_OUTPUT_LAST;
}

template <typename T>
Frames<T> frames(T* data, const Problem& problem, std::int64_t channels, std::int64_t steps) {
  const std::int64_t image = channels * problem.shape.size.area();
  const cln_layout layout = recurrent(problem) ? recurrent(problem)->layout : CLN_LAYOUT_TNCHW;
  const bool channels_last = layout == CLN_LAYOUT_NTHWC || layout == CLN_LAYOUT_TNHWC;
  const std::int64_t pixel_stride = channels_last ? channels : 1;
  if (layout == CLN_LAYOUT_NTCHW || layout == CLN_LAYOUT_NTHWC)
    return {data, image, steps * image, pixel_stride};
  return {data, problem.shape.batch * image, image, pixel_stride};
}

std::int64_t y_steps(const Problem& problem) {
  return last_only(problem) ? 1 : problem.steps;
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

ParameterViews views(const Problem& problem, PackedCache& packed) {
  ParameterViews result;
  for (std::size_t k = 0; k < kMaxParameters; ++k) result.data[k] = in(problem.parameters[k]);
  result.version = 1;
  result.packed = &packed;
  return result;
}

struct Run {
  Run(cpu::CpuDevice& device, const std::string& name, const Problem& p)
      : problem(p), executor(cpu::choose_executor(p.desc, name).make(device, p.desc, p.shape)) {}

  void forward(void* reserve, Outcome& outcome) {
    const bool has_state = recurrent(problem) != nullptr;
    const std::int64_t state = problem.shape.batch * outputs(problem) * problem.shape.size.area();
    outcome.y.assign(at(y_steps(problem) * state), kNaN);
    ForwardCall call;
    call.steps = problem.steps;
    call.x = frames(in(problem.x), problem, inputs(problem), problem.steps);
    call.parameters = views(problem, packed);
    call.initial = {in(problem.h), in(problem.c)};
    call.y = frames(out(outcome.y), problem, outputs(problem), y_steps(problem));
    call.reserve = reserve;
    if (has_state && problem.want_final) {
      outcome.h = problem.h;
      outcome.c = problem.c;
      if (problem.states_in_place) {
        if (in(problem.h)) call.initial = {in(outcome.h), in(outcome.c)};
      } else {
        outcome.h.assign(at(state), kNaN);
        outcome.c = outcome.h;
      }
      if (outcome.h.empty()) outcome.h = outcome.c = Floats(at(state), kNaN);
      call.final = {out(outcome.h), out(outcome.c)};
    }
    executor->forward(call);
  }

  void backward(const void* reserve, Outcome& outcome, float gradient_start) {
    const bool has_state = recurrent(problem) != nullptr;
    const std::int64_t state = problem.shape.batch * outputs(problem) * problem.shape.size.area();
    BackwardCall call;
    call.steps = problem.steps;
    call.x = frames(in(problem.x), problem, inputs(problem), problem.steps);
    call.parameters = views(problem, packed);
    call.reserve = has_state ? reserve : nullptr;
    call.dy = frames(in(problem.dy), problem, outputs(problem), y_steps(problem));
    call.dfinal = {in(problem.dh), in(problem.dc)};
    if (has_state && problem.want_dinitial) {
      outcome.dh = problem.dh;
      outcome.dc = problem.dc;
      if (problem.states_in_place && in(problem.dh)) {
        call.dfinal = {in(outcome.dh), in(outcome.dc)};
      } else {
        outcome.dh = outcome.dc = Floats(at(state), kNaN);
      }
      call.dinitial = {out(outcome.dh), out(outcome.dc)};
    }
    if (problem.want_dx) outcome.dx.assign(problem.x.size(), kNaN);
    call.dx = frames(out(outcome.dx), problem, inputs(problem), problem.steps);
    for (std::size_t k = 0; k < kMaxParameters; ++k) {
      outcome.gradients[k].assign(problem.parameters[k].size(), gradient_start);
      call.gradients[k] = out(outcome.gradients[k]);
    }
    executor->backward(call);
  }

  const Problem& problem;
  PackedCache packed;
  std::unique_ptr<Executor> executor;
};

}  // namespace

Floats uniform(Random& random, std::int64_t count, float low, float high) {
  Floats result(at(count));
  for (float& value : result) value = random.uniform(low, high);
  return result;
}

Problem make_problem(Random& random, const LayerDesc& desc, const InputShape& shape, std::int64_t steps,
                     bool with_state) {
  Problem p;
  p.desc = desc;
  p.shape = shape;
  p.steps = steps;
  const std::int64_t area = shape.size.area(), images = shape.batch * steps;
  const auto weights = [&](std::int64_t out_channels, std::int64_t in_channels, Size2 kernel) {
    const std::int64_t terms = std::max<std::int64_t>(in_channels * kernel.area(), 1);
    const float bound = 1.5f / std::sqrt(static_cast<float>(terms));
    return uniform(random, out_channels * in_channels * kernel.area(), -bound, bound);
  };
  p.x = uniform(random, images * inputs(p) * area, -1, 1);
  if (const auto* layer = recurrent(p)) {
    const std::int64_t F = layer->hidden_channels, state = shape.batch * F * area;
    p.parameters[kInputKernel] = weights(4 * F, layer->input_channels, layer->input_kernel);
    p.parameters[kRecurrentKernel] = weights(4 * F, F, layer->recurrent_kernel);
    if (layer->bias != CLN_BIAS_NONE) p.parameters[kGateBias] = uniform(random, 4 * F, -0.5, 0.5);
    if (layer->bias == CLN_BIAS_TWO) p.parameters[kRecurrentBias] = uniform(random, 4 * F, -0.5, 0.5);
    if (layer->peephole == CLN_PEEPHOLE_PER_CHANNEL) p.parameters[kPeephole] = uniform(random, 3 * F, -1, 1);
    p.dy = uniform(random, y_steps(p) * state, -1, 1);
    if (with_state) {
      p.h = uniform(random, state, -1, 1);
      p.c = uniform(random, state, -1, 1);
      p.dh = uniform(random, state, -1, 1);
      p.dc = uniform(random, state, -1, 1);
    }
  } else {
    const ConvDesc& conv = std::get<ConvDesc>(desc);
    p.parameters[kKernel] = weights(conv.output_channels, conv.input_channels, conv.kernel);
    if (conv.bias == CLN_BIAS_ONE) p.parameters[kBias] = uniform(random, conv.output_channels, -0.5, 0.5);
    p.dy = uniform(random, images * conv.output_channels * area, -1, 1);
  }
  return p;
}

Outcome infer(cpu::CpuDevice& device, const std::string& executor, const Problem& problem) {
  Outcome outcome;
  Run(device, executor, problem).forward(nullptr, outcome);
  return outcome;
}

Outcome train(cpu::CpuDevice& device, const std::string& executor, const Problem& problem,
              float gradient_start) {
  Outcome outcome;
  Run run(device, executor, problem);
  Reserve reserve(run.executor->reserve_bytes(problem.steps));
  run.forward(reserve.memory, outcome);
  run.backward(reserve.memory, outcome, gradient_start);
  return outcome;
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
  std::ostringstream text;
  if (const auto* r = recurrent(p)) {
    text << "recurrent C " << r->input_channels << " F " << r->hidden_channels << " Kx " << r->input_kernel.h
         << 'x' << r->input_kernel.w << " Kh " << r->recurrent_kernel.h << 'x' << r->recurrent_kernel.w
         << " peephole " << r->peephole << " bias " << r->bias << " layout " << r->layout << " last "
         << r->output << " gate " << r->gate_activation << " cell " << r->cell_activation << " clip "
         << r->cell_clip;
  } else {
    const ConvDesc& c = std::get<ConvDesc>(p.desc);
    text << "conv I " << c.input_channels << " O " << c.output_channels << " K " << c.kernel.h << 'x'
         << c.kernel.w;
  }
  text << " T " << p.steps << " N " << p.shape.batch << " H " << p.shape.size.h << " W " << p.shape.size.w
       << " state " << !p.h.empty() << " in place " << p.states_in_place;
  return text.str();
}

}  // namespace convlstm::test
