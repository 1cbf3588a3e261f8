#include "onednn_layer.h"

#include <omp.h>

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>

#include "gates.h"

namespace convlstm::benchmarks {
namespace {

using dnnl::memory;

constexpr auto kFloat = memory::data_type::f32;

memory::desc plain(const memory::dims& dims) {
  using Tag = memory::format_tag;
  return {dims, kFloat, dims.size() == 4 ? Tag::nchw : Tag::x};
}

memory::desc any(const memory::dims& dims) {
  return {dims, kFloat, memory::format_tag::any};
}

// The widest layout of channels in blocks that a description follows, or pixels by channels. Of those, the
// four gates of a block are easy to find.
struct Grid {
  memory::format_tag tag;
  bool is_blocked;
};

Grid grid_of(const memory::desc& desc) {
  using Tag = memory::format_tag;
  for (const Grid grid : {Grid{Tag::nChw16c, true}, Grid{Tag::nChw8c, true}, Grid{Tag::nhwc, false}})
    if (desc == memory::desc(desc.dims(), kFloat, grid.tag)) return grid;
  throw std::runtime_error("oneDNN chose a layout that this composition does not know");
}

}  // namespace

struct OneDnnLayer::Parts {
  Parts(const Workload& w, const OneDnnForm& f) : workload(w), form(f) {
    const Shape& s = workload.shape;
    const memory::dims states{s.batch, s.hidden, s.size, s.size}, sums{s.batch, 4 * s.hidden, s.size, s.size};
    const memory::dims kernel{4 * s.hidden, s.hidden, s.kernel, s.kernel};
    if (s.layers != 1 || s.hidden % 16 != 0)
      throw std::runtime_error("one layer of hidden channels in sixteens is all that is composed here");

    dnnl::post_ops post_ops;
    post_ops.append_sum(1.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(post_ops);
    const auto recurrent =
        describe(form.is_winograd, any(states), any(kernel), nullptr, any(sums), attributes);
    implementation = recurrent.impl_info_str();
    const Grid sum_grid = grid_of(recurrent.dst_desc()), state_grid = grid_of(recurrent.src_desc());
    if (sum_grid.tag != state_grid.tag)
      throw std::runtime_error("oneDNN chose two layouts for the source and the sums");
    is_blocked = sum_grid.is_blocked;
    recurrent_convolution = dnnl::convolution_forward(recurrent);
    recurrent_kernel =
        lay(workload.layers[0].recurrent_kernel.data(), plain(kernel), recurrent.weights_desc());

    hidden = lay(workload.layers[0].hidden.data(), plain(states), recurrent.src_desc());
    first_cell = lay(workload.layers[0].cell.data(), plain(states), recurrent.src_desc());
    cell = memory(recurrent.src_desc(), engine);
    for (std::int64_t t = 0; t < s.steps; ++t) {
      outputs.emplace_back(recurrent.src_desc(), engine);
    }
    make_input(sum_grid.tag);
  }

  // A call convolves the input of `steps` steps into as many sums.
  void make_input(memory::format_tag sum_layout) {
    const Shape& s = workload.shape;
    const std::int64_t images = s.batch * (form.is_hoisted ? s.steps : 1);
    const memory::dims frames{images, s.inputs, s.size, s.size}, sums{images, 4 * s.hidden, s.size, s.size};
    const memory::dims kernel{4 * s.hidden, s.inputs, s.kernel, s.kernel}, bias_size{4 * s.hidden};
    const memory::desc bias_desc = plain(bias_size);
    const memory::desc sums_desc(sums, kFloat, sum_layout);
    const auto input = describe(form.is_input_winograd, any(frames), any(kernel), &bias_desc, sums_desc, {});
    input_convolution = dnnl::convolution_forward(input);
    input_kernel = lay(workload.layers[0].input_kernel.data(), plain(kernel), input.weights_desc());
    bias = lay(workload.layers[0].bias.data(), bias_desc, bias_desc);
    const std::int64_t calls = form.is_hoisted ? 1 : s.steps, image = s.inputs * s.area();
    for (std::int64_t call = 0; call < calls; ++call)
      inputs.push_back(lay(workload.x.data() + call * images * image, plain(frames), input.src_desc()));
    all_sums = memory(sums_desc, engine);
    const memory::desc step({s.batch, 4 * s.hidden, s.size, s.size}, kFloat, sum_layout);
    for (std::int64_t t = 0; t < (form.is_hoisted ? s.steps : 1); ++t)
      step_sums.emplace_back(step, engine, floats(all_sums) + t * 4 * s.state_count());
  }

  dnnl::convolution_forward::primitive_desc describe(bool is_winograd, const memory::desc& source,
                                                     const memory::desc& kernel,
                                                     const memory::desc* bias_desc, const memory::desc& sums,
                                                     const dnnl::primitive_attr& attributes) const {
    using Convolution = dnnl::convolution_forward;
    const auto kind = dnnl::prop_kind::forward_inference;
    const auto algorithm =
        is_winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    const memory::dims ones{1, 1}, padding{workload.shape.kernel / 2, workload.shape.kernel / 2};
    const auto desc =
        bias_desc != nullptr
            ? Convolution::desc(kind, algorithm, source, kernel, *bias_desc, sums, ones, padding, padding)
            : Convolution::desc(kind, algorithm, source, kernel, sums, ones, padding, padding);
    try {
      return {desc, attributes, engine};
    } catch (const dnnl::error& error) {
      throw std::runtime_error(std::string("no ") + (is_winograd ? "Winograd" : "direct") +
                               " primitive here: " + error.what());
    }
  }

  memory lay(const float* values, const memory::desc& from, const memory::desc& to) const {
    memory source(from, engine, const_cast<float*>(values)), result(to, engine);
    dnnl::stream queue(engine);
    dnnl::reorder(source, result).execute(queue, source, result);
    queue.wait();
    return result;
  }

  static float* floats(const memory& m) { return static_cast<float*>(m.get_data_handle()); }

  void step(std::int64_t t) {
    const std::size_t at = static_cast<std::size_t>(t), row = form.is_hoisted ? at : 0;
    if (t == 0 || !form.is_hoisted)
      input_convolution.execute(stream, {{DNNL_ARG_SRC, inputs[at]},
                                         {DNNL_ARG_WEIGHTS, input_kernel},
                                         {DNNL_ARG_BIAS, bias},
                                         {DNNL_ARG_DST, all_sums}});
    recurrent_convolution.execute(stream, {{DNNL_ARG_SRC, t == 0 ? hidden : outputs[at - 1]},
                                           {DNNL_ARG_WEIGHTS, recurrent_kernel},
                                           {DNNL_ARG_DST, step_sums[row]}});
    run_gates(floats(step_sums[row]), floats(t == 0 ? first_cell : cell), floats(cell), floats(outputs[at]));
  }

  // In blocks of channels the gates of an image are four runs of memory; pixels by channels, those of a
  // pixel.
  void run_gates(const float* sums, const float* c_before, float* c, float* h) const {
    const Shape& s = workload.shape;
    const std::int64_t rows = is_blocked ? s.batch : s.batch * s.area();
    const std::int64_t length = is_blocked ? s.hidden * s.area() : s.hidden;
    const std::int64_t parts = is_blocked ? s.area() : 1, part = length / parts;
    const std::int64_t all = rows * parts, threads = omp_get_max_threads();
#pragma omp parallel for schedule(static)
    for (std::int64_t thread = 0; thread < threads; ++thread)
      for (std::int64_t k = all * thread / threads, end = all * (thread + 1) / threads; k < end;) {
        const std::int64_t row = k / parts, first = k % parts;
        const std::int64_t count = std::min(parts - first, end - k);
        const std::int64_t offset = row * length + first * part;
        const float* i = sums + row * 4 * length + first * part;
        gates({i, i + length, i + 2 * length, i + 3 * length, c_before + offset, c + offset, h + offset,
               count * part});
        k += count;
      }
  }

  const Workload& workload;
  OneDnnForm form;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::convolution_forward input_convolution, recurrent_convolution;
  memory input_kernel, recurrent_kernel, bias, hidden, first_cell, cell, all_sums;
  std::vector<memory> inputs, step_sums, outputs;
  std::string implementation;
  bool is_blocked = false;
  GateFunction gates = nullptr;
};

std::string OneDnnForm::name() const {
  return std::string(is_winograd ? "Winograd" : "direct") +
         (is_input_winograd ? ", input by Winograd" : ", input direct") +
         (is_hoisted ? ", input of all steps at once" : ", input step by step");
}

OneDnnLayer::OneDnnLayer(const Workload& workload, const OneDnnForm& form, int threads) {
  omp_set_num_threads(threads);
  const GateFunction gates = find_gates();
  if (gates == nullptr) throw std::runtime_error("the gates of this composition need AVX2");
  parts_ = std::make_unique<Parts>(workload, form);
  parts_->gates = gates;
}

OneDnnLayer::~OneDnnLayer() = default;

void OneDnnLayer::forward() {
  for (std::int64_t t = 0; t < parts_->workload.shape.steps; ++t) parts_->step(t);
  parts_->stream.wait();
}

Floats OneDnnLayer::y() const {
  const Shape& s = parts_->workload.shape;
  Floats all;
  for (const memory& output : parts_->outputs) {
    const memory dense =
        parts_->lay(Parts::floats(output), output.get_desc(), plain({s.batch, s.hidden, s.size, s.size}));
    all.insert(all.end(), Parts::floats(dense), Parts::floats(dense) + s.state_count());
  }
  return all;
}

std::string OneDnnLayer::implementation() const {
  return parts_->implementation;
}

std::string onednn_version() {
  const dnnl::version_t* v = dnnl::version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace convlstm::benchmarks
